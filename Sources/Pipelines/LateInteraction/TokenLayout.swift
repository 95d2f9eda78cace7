import BertCheckpoints
import BertCore
import BertTokenizers

/// How queries, or documents, become the tokens of a model of late interaction.
struct TokenLayout: Sendable {
    /// A text as the model takes it.
    struct Row {
        var ids: [Int32]
        /// Whether the others see each token.
        var seen: [Bool]
        /// The places whose vectors are kept.
        var kept: [Int]
    }

    /// The most tokens, all of them counted.
    let maximumLength: Int
    private let text: TextEncoder
    private let marker: Int32?
    /// The id that fills a text up, and whether it is seen; nil if nothing does.
    private let expansion: (id: Int32, isSeen: Bool)?
    private let skipped: Set<Int32>
    private let onlyIDs: Set<Int32>?

    /// - Throws: ``BertError`` with code `invalidConfiguration` for a marker that is no token, and for an expansion without a
    ///   token to fill with.
    init(
        _ side: LateInteractionSettings.Side, _ settings: LateInteractionSettings, _ text: TextEncoder,
        _ files: ModelFiles
    ) throws {
        self.text = text
        let vocabulary = text.tokenizer.vocabulary
        func id(_ token: String, _ what: String) throws -> Int32 {
            guard let id = vocabulary.id(of: token) else {
                throw BertError(
                    .invalidConfiguration, "\(what) \"\(token)\" is no token of the tokenizer", file: files.location)
            }
            return id
        }
        marker = try side.marker.map { try id($0, "the marker") }
        let length = side.length ?? text.maximumLength
        guard length <= text.maximumLength else {
            throw BertError(
                .invalidConfiguration, "texts of \(length) tokens are asked for; the model takes \(text.maximumLength)",
                file: files.location, value: .int(length), limit: .int(text.maximumLength))
        }
        maximumLength = length
        if side.expansion.isOn {
            guard
                let mask = try side.expansion.token.map({ try id($0, "the token of query expansion") })
                    ?? text.tokenizer.specialTokens.mask
            else {
                throw BertError(
                    .invalidConfiguration, "queries are filled with the mask token, and the tokenizer has none",
                    file: files.location)
            }
            expansion = (mask, side.expansion.isSeen)
        } else {
            expansion = nil
        }
        // Words that are no single token are ignored, as everywhere else.
        skipped = side.skips ? Set(settings.skipWords.compactMap { vocabulary.id(of: $0) }) : []
        onlyIDs = settings.onlyIDs.map { Set($0) }
    }

    /// The tokens of a text, without the marker and what fills it up.
    func encode(_ words: String, _ options: TextOptions) throws -> Encoding {
        try text.encode(
            PairedText(words),
            EncodingOptions(
                maxLength: maximumLength - (marker == nil ? 0 : 1),
                truncation: options.truncates || expansion != nil ? .longestFirst : .error))
    }

    /// The same with them.
    func row(_ encoding: Encoding) -> Row {
        var ids = encoding.ids
        if let marker { ids.insert(marker, at: min(1, ids.count)) }
        var seen = [Bool](repeating: true, count: ids.count)
        if let expansion, ids.count < maximumLength {
            let missing = maximumLength - ids.count
            ids += Array(repeating: expansion.id, count: missing)
            seen += Array(repeating: expansion.isSeen, count: missing)
        }
        let kept = ids.indices.filter { place in
            !skipped.contains(ids[place]) && onlyIDs?.contains(ids[place]) ?? true
        }
        return Row(ids: ids, seen: seen, kept: kept)
    }
}

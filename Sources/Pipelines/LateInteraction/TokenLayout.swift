import BertCheckpoints
import BertCore
import BertTokenizers

/// The conversion of queries or documents to the tokens of a late-interaction model.
struct TokenLayout: Sendable {
    /// The model input of a text.
    struct Row {
        var ids: [Int32]
        /// Whether each token can be attended to.
        var seen: [Bool]
        /// The indices of the tokens whose vectors are kept.
        var kept: [Int]
    }

    /// The maximum number of tokens, including all special tokens.
    let maximumLength: Int
    private let text: TextEncoder
    private let marker: Int32?
    /// The id of the padding token, and whether it can be attended to; nil if texts aren't padded.
    private let expansion: (id: Int32, isSeen: Bool)?
    private let skipped: Set<Int32>
    private let onlyIDs: Set<Int32>?

    /// Creates a layout.
    ///
    /// - Throws: ``BertError`` with code `invalidConfiguration` if a marker isn't a token, or there is no token for
    ///   padding.
    init(
        _ side: LateInteractionSettings.Side, _ settings: LateInteractionSettings, _ text: TextEncoder,
        _ files: ModelFiles
    ) throws {
        self.text = text
        let vocabulary = text.tokenizer.vocabulary
        func id(_ token: String, _ what: String) throws -> Int32 {
            guard let id = vocabulary.id(of: token) else {
                throw BertError(
                    .invalidConfiguration, "\(what) \"\(token)\" is not a token of the tokenizer", file: files.location)
            }
            return id
        }
        marker = try side.marker.map { try id($0, "the marker") }
        let length = side.length ?? text.maximumLength
        guard length <= text.maximumLength else {
            throw BertError(
                .invalidConfiguration,
                "the configured length is \(length) tokens, but the model supports \(text.maximumLength)",
                file: files.location, value: .int(length), limit: .int(text.maximumLength))
        }
        maximumLength = length
        if side.expansion.isOn {
            guard
                let mask = try side.expansion.token.map({ try id($0, "the token of query expansion") })
                    ?? text.tokenizer.specialTokens.mask
            else {
                throw BertError(
                    .invalidConfiguration, "queries are padded with the mask token, which the tokenizer doesn't have",
                    file: files.location)
            }
            expansion = (mask, side.expansion.isSeen)
        } else {
            expansion = nil
        }
        // Words that aren't a single token are ignored, as in other implementations.
        skipped = side.skips ? Set(settings.skipWords.compactMap { vocabulary.id(of: $0) }) : []
        onlyIDs = settings.onlyIDs.map { Set($0) }
    }

    /// Tokenizes a text, without the marker and padding.
    func encode(_ words: String, _ options: TextOptions) throws -> Encoding {
        try text.encode(
            PairedText(words),
            EncodingOptions(
                maxLength: maximumLength - (marker == nil ? 0 : 1),
                truncation: options.truncates || expansion != nil ? .longestFirst : .error))
    }

    /// Returns the model input with the marker and padding.
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

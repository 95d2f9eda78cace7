/// A reader for the merges of a BPE model, in order of rank.
struct MergeReader {
    private let vocabulary: Vocabulary
    private let prefix: [UInt8]
    private let source: String
    private var merges: [(left: Int32, right: Int32, result: Int32)] = []

    /// Creates a reader.
    ///
    /// - Parameter prefix: The prefix of all symbols in a word except the first.
    init(_ vocabulary: Vocabulary, prefix: String, source: String) {
        self.vocabulary = vocabulary
        self.prefix = Array(prefix.utf8)
        self.source = source
    }

    var table: MergeTable { MergeTable(merges) }

    /// The location of a merge, for messages.
    enum Place {
        case key(String)
        case line(Int)

        var key: String? { if case .key(let key) = self { key } else { nil } }
        var line: Int? { if case .line(let line) = self { line } else { nil } }
    }

    /// Adds a merge of the form `left right`.
    mutating func append(line: String, _ place: @autoclosure () -> Place) throws(TokenizerError) {
        let parts = line.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 2, let left = String(parts[0]), let right = String(parts[1]) else {
            throw TokenizerError(
                .malformedFile, "expected two tokens separated by a space, not \"\(line)\"", file: source,
                key: place().key, line: place().line, value: .string(line))
        }
        try append(left, right, place())
    }

    mutating func append(_ left: String, _ right: String, _ place: @autoclosure () -> Place) throws(TokenizerError) {
        func id(_ token: String) throws(TokenizerError) -> Int32 {
            if let id = vocabulary.id(ofPiece: token) { return id }
            throw TokenizerError(
                .malformedFile,
                "the merge of \"\(left)\" and \"\(right)\" requires the token \"\(token)\", which is not in the vocabulary",
                file: source, key: place().key, line: place().line, value: .string(token))
        }
        let (first, second) = (try id(left), try id(right))
        let rest = prefix.isEmpty ? Substring(right).utf8[...] : right.utf8.dropFirst(prefix.count)
        merges.append((first, second, try id(left + String(decoding: Array(rest), as: UTF8.self))))
    }
}

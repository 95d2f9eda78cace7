import Bert
import BertJSON

/// What is searched, ready for queries.
struct SearchCorpus {
    private(set) var search: SemanticSearch
    /// Empty if there are only vectors.
    private var texts: [String] = []
    /// What came with each.
    private var ids: [JSONValue?] = []

    /// Reads texts, and their vectors or computes them.
    ///
    /// - Parameter embed: the vectors of some texts.
    /// - Throws: `BertError` that names file and line.
    init(
        _ options: CorpusOptions, _ search: SemanticSearch, width: Int, embed: ([TextRecord]) throws -> [[Float]]
    ) throws {
        self.search = search
        if let input = try options.texts() {
            try read(input) { options.corpusVectors == nil ? try embed($0) : nil }
        }
        if let path = options.corpusVectors { try addVectors(of: VectorFile(path: path), width: width, options) }
        guard self.search.count > 0 else {
            throw BertError(
                .invalidInput, "\(options.corpus ?? options.corpusVectors ?? "") is empty: nothing to search")
        }
    }

    /// What is said of a hit.
    func json(_ hit: SearchHit) -> JSONValue {
        var object: JSONObject = ["corpus_id": .int(hit.corpusID)]
        if let id = id(hit) { object["id"] = id }
        object["score"] = .double(hit.score)
        if let text = text(hit) { object["text"] = .string(text) }
        return .object(object)
    }

    /// A hit's text; nil if there are only vectors.
    func text(_ hit: SearchHit) -> String? { texts.isEmpty ? nil : texts[hit.corpusID] }

    /// A hit's id; nil if it has none.
    func id(_ hit: SearchHit) -> JSONValue? { ids[hit.corpusID] }

    /// - Parameter embed: the vectors of some texts; nil if they are read elsewhere.
    private mutating func read(_ input: JobInput<TextFields>, embed: ([TextRecord]) throws -> [[Float]]?) throws {
        var reader = input.reader()
        var progress = ProgressLine(besides: .standard)
        defer { progress.clear() }
        while let entries = try reader.next() {
            let records = try entries.map { try $0.record.get() }
            ids += records.map(\.id)
            texts += records.map(\.text)
            let vectors = try Job<TextFields>.attempt(records[...], stopsAtFailure: true) { try embed($0) ?? [] }
            try search.add(vectors.map { try $0.get() })
            progress.add(records.count, exitLayers: [])
            progress.show(done: texts.count, share: input.source?.share(from: 0))
        }
    }

    private mutating func addVectors(of file: VectorFile, width: Int, _ options: CorpusOptions) throws {
        try file.forEachGroup(width: width) { records in
            if texts.isEmpty { ids += records.map(\.id) }
            try search.add(records.map(\.vector))
        }
        guard let corpus = options.corpus, texts.count != search.count else { return }
        throw BertError(
            .invalidInput,
            """
            \(file.path) has \(search.count) vectors and \(corpus) has \(texts.count) texts, which belong together in \
            their order; make them again: bert embed --input \(corpus) --output \(file.path)
            """)
    }
}

import Bert
import BertJSON

/// A corpus of texts or vectors to search.
struct SearchCorpus {
    private(set) var search: SemanticSearch
    /// The texts, or empty if there are only vectors.
    private var texts: [String] = []
    /// The ids of the texts or vectors.
    private var ids: [JSONValue?] = []

    /// Reads texts, and reads or computes their vectors.
    ///
    /// - Parameter work: The work that computes the vectors of texts.
    /// - Throws: `BertError` with file and line.
    init(
        _ options: CorpusOptions, _ search: SemanticSearch, width: Int, _ work: JobWork<TextRecord, [Float]>
    ) throws {
        self.search = search
        if let input = try options.texts() {
            try read(input, options.corpusVectors == nil ? work : nil)
        }
        if let path = options.corpusVectors { try addVectors(of: VectorFile(path: path), width: width, options) }
        guard self.search.count > 0 else {
            throw BertError(
                .invalidInput, "\(options.corpus ?? options.corpusVectors ?? "") is empty")
        }
    }

    /// Returns the JSON of a hit.
    func json(_ hit: SearchHit) throws -> JSONValue {
        var object: JSONObject = ["corpus_id": .int(hit.corpusID)]
        if let id = id(hit) { object["id"] = id }
        try object.add(hit)
        if let text = text(hit) { object["text"] = .string(text) }
        return .object(object)
    }

    /// Returns the text of a hit, or nil if there are only vectors.
    func text(_ hit: SearchHit) -> String? { texts.isEmpty ? nil : texts[hit.corpusID] }

    /// Returns the id of a hit, or nil if it has none.
    func id(_ hit: SearchHit) -> JSONValue? { ids[hit.corpusID] }

    /// - Parameter work: The work that computes the vectors of texts, or nil if vectors are read from a file.
    private mutating func read(_ input: JobInput<TextFields>, _ work: JobWork<TextRecord, [Float]>?) throws {
        var reader = input.reader()
        var progress = ProgressLine(besides: .standard)
        defer { progress.clear() }
        while let entries = try reader.next() {
            let records = try entries.map { try $0.record.get() }
            if let work {
                let group = JobGroup(entries, work, untilError: true, share: nil)
                let (results, failure) = try group.results(from: texts.count)
                if let failure { throw failure }
                try search.add(results.map { try $0.value.get() })
            }
            ids += records.map(\.id)
            texts += records.map(\.text)
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
            \(file.path) has \(search.count) vectors, but \(corpus) has \(texts.count) texts; expected one vector per text in \
            the same order; compute them again with: bert embed --input \(corpus) --output \(file.path)
            """)
    }
}

import Bert
import BertJSON

/// A corpus of texts or vectors to search.
struct SearchCorpus {
    /// The vectors of one model.
    struct Part {
        var vectors: any CorpusVectors
        /// The number of components of a vector.
        let width: Int
        /// The work that computes the vectors of texts.
        let work: JobWork<TextRecord, TextVector>
        /// The file with the vectors; nil to compute them.
        let file: String?
        /// The options of `bert embed` that produce them, for messages.
        let embedding: String
    }

    /// At least one.
    private(set) var parts: [Part]
    /// The texts, or empty if there are only vectors.
    private var texts: [String] = []
    /// The ids of the texts or vectors.
    private var ids: [JSONValue?] = []

    /// Reads texts, and reads or computes their vectors.
    ///
    /// - Throws: `BertError` with file and line.
    init(_ options: CorpusOptions, _ parts: [Part]) throws {
        self.parts = parts
        if let input = try options.texts() { try read(input) }
        for index in parts.indices where parts[index].file != nil { try addVectors(of: index, options) }
        guard self.parts[0].vectors.count > 0 else {
            throw BertError(.invalidInput, "the corpus is empty", file: options.corpus ?? options.corpusVectors)
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

    private mutating func read(_ input: JobInput<TextFields>) throws {
        var reader = input.reader()
        var progress = ProgressLine(besides: .standard)
        defer { progress.clear() }
        while let entries = try reader.next() {
            let records = try entries.map { try $0.record.get() }
            for index in parts.indices where parts[index].file == nil {
                let group = JobGroup(entries, parts[index].work, untilError: true, share: nil)
                let (results, failure) = try group.results(from: texts.count)
                if let failure { throw failure }
                try parts[index].vectors.add(results.map { try $0.value.get() })
            }
            ids += records.map(\.id)
            texts += records.map(\.text)
            progress.add(records.count, exitLayers: [])
            progress.show(done: texts.count, share: input.source?.share(from: 0))
        }
    }

    private mutating func addVectors(of index: Int, _ options: CorpusOptions) throws {
        guard let path = parts[index].file else { return }
        // Without texts, the vectors of the first file have the ids.
        let hasIDs = options.corpus != nil || index > 0
        var found: [JSONValue?] = []
        let width = parts[index].width
        // --corpus-precision applies to the first model.
        let quantizer = try index == 0 ? options.quantizer(width: width) : VectorQuantizer(.float32)
        let file = VectorFile(path: path, quantizer: quantizer)
        try parts[index].vectors.add(file, width: width) {
            if !hasIDs { found.append($0) }
        }
        ids += found
        let count = parts[index].vectors.count
        guard count != ids.count else { return }
        let texts = options.corpus.map { "\($0) has \(ids.count) texts" } ?? "the other file has \(ids.count)"
        throw BertError(
            .invalidInput,
            """
            has \(count) vectors, but \(texts); expected one vector per text in the same order; compute them again \
            with: bert embed \(parts[index].embedding)--input \(options.corpus ?? "TEXTS") --output \(path)
            """, file: path, value: .int(count), limit: .int(ids.count))
    }
}

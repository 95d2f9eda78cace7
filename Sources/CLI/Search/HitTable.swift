import Bert
import BertJSON

/// A writer of hits as text, with a table for each query.
struct HitTable: ResultWriter {
    private let corpus: SearchCorpus
    private let output: JobOutput
    private(set) var count = 0

    init(_ corpus: SearchCorpus, to output: JobOutput) {
        self.corpus = corpus
        self.output = output
    }

    mutating func write(_ results: [JobResult<QueryHits>]) throws {
        for result in results {
            var lines = count == 0 ? [] : [""]
            switch result.value {
            case .failure(let error): lines.append(Style.red("\(error)"))
            case .success(let found):
                lines.append(Style.bold(Self.line(found.query)))
                var table = Table()
                for hit in found.hits {
                    table.add(
                        Table.Cell(Float(hit.score).fourDecimals, right: true), Table.Cell(label(hit), .dim),
                        Table.Cell(Self.line(corpus.text(hit) ?? "")))
                }
                lines += table.lines.map { "  " + $0 }
            }
            try output.write(Array((lines.joined(separator: "\n") + "\n").utf8))
            count += 1
        }
    }

    func finish() {}

    private func label(_ hit: SearchHit) -> String {
        guard let id = corpus.id(hit) else { return "#\(hit.corpusID)" }
        return id.stringValue ?? id.serialized()
    }

    /// Returns the first 100 characters without line breaks.
    private static func line(_ text: String) -> String {
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.count > 100 ? words.prefix(99) + "…" : words
    }
}

/// The hits of a query.
struct QueryHits {
    let query: String
    let hits: [SearchHit]
}

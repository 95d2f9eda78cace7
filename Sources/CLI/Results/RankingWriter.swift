import Bert
import BertJSON

/// Writes the best first, once all scores are known; what has none comes last.
struct RankingWriter: ResultWriter {
    /// How well a text answers, and what is said of it.
    struct Value {
        /// What is ranked by: two that differ can have the same score.
        let logit: Double
        let fill: (inout JSONObject) -> Void
    }

    private var objects: ObjectOutput
    private let limit: Int?
    private var ranks: [(logit: Double, object: JSONObject)] = []
    private var errors: [JSONObject] = []
    private var next = 0

    var count: Int { objects.count }

    /// - Parameter limit: the most texts to write; nil for all.
    init(_ format: ObjectFormat, to output: JobOutput, limit: Int?) {
        objects = ObjectOutput(format, to: output)
        self.limit = limit
    }

    mutating func write(_ results: [JobResult<Value>]) throws {
        for result in results {
            let object = JSONObject(result, index: next) { $1.fill(&$0) }
            switch result.value {
            case .success(let value): ranks.append((value.logit, object))
            case .failure: errors.append(object)
            }
            next += 1
        }
        guard let limit else { return }
        sort()
        ranks = Array(ranks.prefix(limit))
    }

    mutating func finish() throws {
        sort()
        try objects.write(ranks.map(\.object) + errors)
        try objects.finish()
    }

    /// The best first, of equals the first.
    private mutating func sort() {
        ranks = ranks.enumerated().sorted { (-$0.element.logit, $0.offset) < (-$1.element.logit, $1.offset) }
            .map(\.element)
    }
}

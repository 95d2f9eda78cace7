import Bert
import BertJSON
import BertPipelines

/// Writes the best first, once all scores are known; what has none comes last.
struct RankingWriter: ResultWriter {
    /// How well a text answers, and what is said of it.
    struct Value: Sendable {
        let score: PassageScore
        /// What is written beside the index and the id.
        let members: JSONObject
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
            let object = JSONObject(result, index: next) { for (key, value) in $1.members { $0[key] = value } }
            switch result.value {
            case .success(let value): ranks.append((Double(value.score.logit), object))
            case .failure: errors.append(object)
            }
            next += 1
        }
        // Now and then, so that no more are kept than twice those that can be written.
        if let limit, ranks.count > 2 * max(limit, 512) { ranks = best() }
    }

    mutating func finish() throws {
        try objects.write(best().map(\.object) + errors)
        try objects.finish()
    }

    /// The best, in order; of equals the first.
    private func best() -> [(logit: Double, object: JSONObject)] {
        ranking(ranks.map(\.logit)).prefix(limit ?? ranks.count).map { ranks[$0] }
    }
}

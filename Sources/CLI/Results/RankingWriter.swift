import Bert
import BertJSON
import BertPipelines

/// A writer of results in descending order of score, once all scores are known. Results without a score come last.
struct RankingWriter: ResultWriter {
    /// The score of a text, and its members in the output.
    struct Value: Sendable {
        let score: PassageScore
        /// The members that are written in addition to the index and the id.
        let members: JSONObject
    }

    private var objects: ObjectOutput
    private let limit: Int?
    private var ranks: [(logit: Double, object: JSONObject)] = []
    private var errors: [JSONObject] = []
    private var next = 0

    var count: Int { objects.count }

    /// - Parameter limit: The maximum number of texts to write, or nil for all.
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
        // Occasionally removes the lowest ranks, to keep at most twice as many as can be written.
        if let limit, ranks.count > 2 * max(limit, 512) { ranks = best() }
    }

    mutating func finish() throws {
        try objects.write(best().map(\.object) + errors)
        try objects.finish()
    }

    /// Returns the best texts in order. Texts with equal scores keep their order.
    private func best() -> [(logit: Double, object: JSONObject)] {
        ranking(ranks.map(\.logit)).prefix(limit ?? ranks.count).map { ranks[$0] }
    }
}

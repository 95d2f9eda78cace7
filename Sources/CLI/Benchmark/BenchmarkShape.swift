import Bert

/// A batch of sequences of one length, and how many callers have one at a time.
struct BenchmarkShape: CustomStringConvertible {
    /// How many sequences there are.
    let batch: Int
    /// How many tokens each has.
    let length: Int
    /// How many passes run at a time, each over a batch of its own.
    let callers: Int

    /// How many tokens a batch has.
    var tokens: Int { batch * length }
    /// How many tokens there are at a time.
    var tokensOfAll: Int { tokens * callers }

    /// For example `8×128`, or `4 of 8×128` for four callers.
    var description: String { callers == 1 ? "\(batch)×\(length)" : "\(callers) of \(batch)×\(length)" }

    /// Tokens all over the vocabulary, padding left out.
    func input(_ config: BertConfig) -> ModelInput {
        let ids = (0..<tokens).map { place in
            let id = Int32(place * 7_919 % config.vocabSize)
            return Int(id) == config.padTokenId ? (id + 1) % Int32(config.vocabSize) : id
        }
        return ModelInput(words: .ids(ids), lengths: Array(repeating: length, count: batch))
    }
}

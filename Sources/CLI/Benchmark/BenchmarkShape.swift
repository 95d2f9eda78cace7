import Bert

/// The number and length of the sequences of a batch, and the number of concurrent callers.
struct BenchmarkShape: CustomStringConvertible {
    /// The number of sequences in a batch.
    let batch: Int
    /// The number of tokens of each sequence.
    let length: Int
    /// The number of concurrent passes, each over its own batch.
    let callers: Int

    /// The number of tokens in a batch.
    var tokens: Int { batch * length }
    /// The number of tokens of all concurrent passes.
    var tokensOfAll: Int { tokens * callers }

    /// A description such as `8×128`, or `4 of 8×128` for four callers.
    var description: String { callers == 1 ? "\(batch)×\(length)" : "\(callers) of \(batch)×\(length)" }

    /// Returns a batch of tokens from the whole vocabulary, except padding tokens.
    func input(_ config: BertConfig) -> ModelInput {
        let ids = (0..<tokens).map { place in
            let id = Int32(place * 7_919 % config.vocabSize)
            return Int(id) == config.padTokenId ? (id + 1) % Int32(config.vocabSize) : id
        }
        return ModelInput(words: .ids(ids), lengths: Array(repeating: length, count: batch))
    }
}

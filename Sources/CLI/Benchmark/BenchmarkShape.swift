import Bert

/// A batch of sequences of one length.
struct BenchmarkShape: CustomStringConvertible {
    /// How many sequences there are.
    let batch: Int
    /// How many tokens each has.
    let length: Int

    /// How many tokens there are in all.
    var tokens: Int { batch * length }

    /// For example `8×128`.
    var description: String { "\(batch)×\(length)" }

    /// Tokens all over the vocabulary, padding left out.
    func input(_ config: BertConfig) -> ModelInput {
        let ids = (0..<tokens).map { place in
            let id = Int32(place * 7_919 % config.vocabSize)
            return Int(id) == config.padTokenId ? (id + 1) % Int32(config.vocabSize) : id
        }
        return ModelInput(words: .ids(ids), lengths: Array(repeating: length, count: batch))
    }
}

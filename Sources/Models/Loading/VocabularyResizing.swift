import BertCheckpoints
import BertCore

/// The parameters of a model after resizing its vocabulary.
struct VocabularyResizing {
    let config: BertConfig
    let parameters: ParameterStore

    /// Greater than any vocabulary, and small enough that a mistyped number doesn't exhaust the memory.
    private static let maximumSize = 1 << 24

    /// Resizes the parameters with one row per token: the word embeddings and, if present, the decoder and its bias.
    ///
    /// New rows are the mean of the old ones plus noise of 10⁻⁹ times their variance, like `mean_resizing` in
    /// `transformers`, but with independent components. Hewitt, "Initializing new word embeddings for pretrained
    /// language models" (2021) explains why this is better than `initializer_range`.
    init(
        _ old: (config: BertConfig, parameters: ParameterStore), to size: Int, seed: UInt64,
        specs: (BertConfig) throws -> [ParameterSpec]
    ) throws {
        guard size <= Self.maximumSize else {
            throw BertError(
                .invalidArgument,
                "a vocabulary can't have \(size) tokens; the maximum is \(Self.maximumSize)", key: "vocab_size",
                value: .int(size), limit: .int(Self.maximumSize))
        }
        var config = old.config
        config.vocabSize = size
        try config.validate(source: "the resized model")
        var generator = SeededGenerator(seed: seed)
        let before = try Dictionary(specs(old.config).map { ($0.name, $0.shape) }) { first, _ in first }
        parameters = try old.parameters.changed(specs(config)) { spec, tensor in
            guard spec.shape != before[spec.name] else { return tensor }
            let kept = min(old.config.vocabSize, size)
            return try tensor.appending(
                tensor.newRows(size - kept, of: old.config.vocabSize, &generator), keepingFirst: kept)
        }
        self.config = config
    }
}

extension StoredTensor {
    /// Returns new rows around the mean of the first `count` rows.
    fileprivate func newRows(_ rows: Int, of count: Int, _ generator: inout SeededGenerator) throws -> [Float] {
        guard rows > 0 else { return [] }
        let width = shape.dropFirst().reduce(1, *)
        var mean = [Double](repeating: 0, count: width)
        var variance = mean
        try float32().withElements(of: Float.self) { values in
            for row in 0..<count { for i in 0..<width { mean[i] += Double(values[row * width + i]) } }
            for i in 0..<width { mean[i] /= Double(count) }
            for row in 0..<count {
                for i in 0..<width {
                    let difference = Double(values[row * width + i]) - mean[i]
                    variance[i] += difference * difference
                }
            }
        }
        return (0..<rows).flatMap { _ in
            (0..<width).map { i in
                Float(mean[i] + generator.nextNormal() * (1e-9 * variance[i] / Double(count)).squareRoot())
            }
        }
    }
}

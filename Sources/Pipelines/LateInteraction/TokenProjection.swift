import BertCheckpoints
import BertCore

/// The projection from hidden states to late-interaction vectors: linear layers and normalization to length 1.
struct TokenProjection: Sendable {
    /// The number of components in a vector.
    let dimension: Int
    private let layers: [DenseLayer]
    private let normalizes: Bool
    private let backend: any ComputeBackend

    /// Loads the weights.
    ///
    /// - Throws: ``BertError`` with code `invalidConfiguration` if the input size of a layer doesn't match the output
    ///   of the previous one or a module isn't supported; `weightsMismatch` for a weight with the wrong shape.
    init(
        _ files: ModelFiles, _ projection: LateInteractionSettings.Projection, hiddenSize: Int,
        on backend: any ComputeBackend
    ) throws {
        self.backend = backend
        switch projection {
        case .inModel(let outputs):
            let checkpoint = try Checkpoint(files)
            guard let stored = checkpoint["linear.weight"] else {
                throw BertError(
                    .weightsMismatch, "the tensor is missing", file: checkpoint.source, key: "linear.weight")
            }
            dimension = outputs ?? stored.shape.first ?? 0
            let shape: Shape = [dimension, hiddenSize]
            let weight = try backend.upload(
                checkpoint.float32("linear.weight", shape: Array(shape)), shape: shape, elementType: .float32)
            layers = [DenseLayer(weights: try backend.prepareLinear(weight: weight, bias: nil), activation: nil)]
            normalizes = true
        case .modules(let steps):
            var (width, layers, normalizes) = (hiddenSize, [DenseLayer](), false)
            for step in steps {
                switch step {
                case .dense(let dense) where !normalizes:
                    guard dense.inputSize == width else {
                        throw BertError(
                            .invalidConfiguration, "the layer expects \(dense.inputSize) components, not \(width)",
                            file: files.path(of: dense.path), value: .int(dense.inputSize), limit: .int(width))
                    }
                    width = dense.outputSize
                    layers.append(try dense.load(files, on: backend))
                case .normalize: normalizes = true
                default:
                    throw BertError(
                        .invalidConfiguration, "only Dense modules, and Normalize at the end, are supported",
                        file: files.path(of: "modules.json"))
                }
            }
            (dimension, self.layers, self.normalizes) = (width, layers, normalizes)
        }
    }

    /// Applies the projection to hidden states `[tokens, hidden]` and returns the concatenated vectors.
    func callAsFunction(_ hidden: Tensor) throws -> [Float] {
        var x = hidden
        for layer in layers { x = try layer(x, on: backend) }
        if normalizes { x = try backend.l2Normalize(x, epsilon: 1e-12) }
        return try backend.floats(x)
    }
}

package import BertCheckpoints
package import BertCore
import BertModels

/// The pooling and the subsequent modules, which convert token vectors to one vector per sequence.
package struct SentenceHead: Sendable {
    /// The number of components in a vector.
    package let dimension: Int
    private let settings: EmbeddingSettings
    private let steps: [Step]
    private let backend: any ComputeBackend

    private enum Step: Sendable {
        case dense(DenseLayer)
        case layerNorm(LayerNormWeights)
        case normalize
    }

    /// Loads the weights.
    ///
    /// - Throws: ``BertError`` with code `invalidConfiguration` if the input size of a layer doesn't match the output
    ///   of the previous one, or with code `invalidArgument` for more dimensions than available.
    package init(_ files: ModelFiles, _ settings: EmbeddingSettings, hiddenSize: Int, on backend: any ComputeBackend)
        throws
    {
        self.settings = settings
        self.backend = backend
        var width = hiddenSize * settings.pooling.count
        func check(_ size: Int, _ path: String) throws {
            guard size == width else {
                throw BertError(
                    .invalidConfiguration, "the layer expects \(size) components, not \(width)",
                    file: files.path(of: path), value: .int(size), limit: .int(width))
            }
        }
        steps = try settings.steps.map { step in
            switch step {
            case .normalize: return .normalize
            case .layerNorm(let path, let size):
                try check(size, path)
                let checkpoint = try Checkpoint(files.subfolder(path))
                func vector(_ name: String) throws -> Tensor {
                    try backend.upload(
                        checkpoint.float32(name, shape: [size]), shape: [size], elementType: .float32)
                }
                // The epsilon of torch.nn.LayerNorm, which the module doesn't change.
                return .layerNorm(
                    LayerNormWeights(weight: try vector("norm.weight"), bias: try vector("norm.bias"), epsilon: 1e-5))
            case .dense(let dense):
                try check(dense.inputSize, dense.path)
                width = dense.outputSize
                return .dense(try dense.load(files, on: backend))
            }
        }
        guard (1...width).contains(settings.dimensions ?? width) else {
            throw BertError(
                .invalidArgument,
                "vectors of \(width) components can't be truncated to \(settings.dimensions ?? 0); use 1 to \(width)",
                value: settings.dimensions.map { .int($0) }, limit: .int(width))
        }
        dimension = settings.dimensions ?? width
    }

    /// Returns the concatenated vectors of all sequences.
    ///
    /// - Parameters:
    ///   - hidden: `[tokens, hidden]`.
    ///   - skipped: The number of tokens at the start of each sequence to exclude.
    ///   - normalizes: Whether to apply the normalizations of the settings.
    ///   - dimensions: The number of components to keep if it is lower than ``dimension``.
    package func callAsFunction(
        _ hidden: Tensor, _ sequences: PackedSequences, skipping skipped: Int, normalizes: Bool = true,
        dimensions: Int? = nil
    ) throws -> [Float] {
        var (hidden, sequences) = (hidden, sequences)
        if skipped > 0 { (hidden, sequences) = try dropFirst(skipped, hidden, sequences) }
        return try self(
            pooled: backend.pool(hidden, sequences: sequences, settings.pooling, firstPosition: skipped),
            normalizes: normalizes, dimensions: dimensions)
    }

    /// Returns the concatenated vectors from the pooled vector of each sequence, `[sequences, hidden]`.
    package func callAsFunction(pooled: Tensor, normalizes: Bool = true, dimensions: Int? = nil) throws -> [Float] {
        var x = pooled
        for step in steps {
            switch step {
            case .dense(let layer): x = try layer(x, on: backend)
            case .layerNorm(let weights): x = try backend.layerNorm(x, residual: nil, weights)
            case .normalize: if normalizes { x = try backend.l2Normalize(x, epsilon: 1e-12) }
            }
        }
        let width = min(dimensions ?? dimension, dimension)
        if x.shape.lastLength > width { x = try backend.slice(x, axis: 1, range: 0..<width) }
        // Vectors that are shortened further are normalized again.
        if normalizes, settings.normalizesLast || settings.normalizes && width < dimension {
            x = try backend.l2Normalize(x, epsilon: 1e-12)
        }
        return try backend.floats(x)
    }

    private func dropFirst(
        _ count: Int, _ hidden: Tensor, _ sequences: PackedSequences
    ) throws -> (Tensor, PackedSequences) {
        let kept = (0..<sequences.count).map { sequences[$0].dropFirst(count) }
        return (
            try backend.gatherRows(hidden, indices: backend.indices(kept.joined().map(Int32.init))),
            try PackedSequences(lengths: kept.map(\.count))
        )
    }
}

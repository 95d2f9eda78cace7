package import BertCheckpoints
package import BertCore
import BertModels

/// Token vectors in, one vector for each sequence out: pooling and what a folder has behind it.
package struct SentenceHead: Sendable {
    /// The components of a vector.
    package let dimension: Int
    private let settings: EmbeddingSettings
    private let steps: [Step]
    private let backend: any ComputeBackend

    private enum Step: Sendable {
        case dense(DenseLayer)
        case normalize
    }

    /// Loads the weights it has.
    ///
    /// - Throws: ``BertError`` with code `invalidConfiguration` if a layer doesn't take what the one before it gives;
    ///   with code `invalidArgument` for more dimensions than there are.
    package init(_ files: ModelFiles, _ settings: EmbeddingSettings, hiddenSize: Int, on backend: any ComputeBackend)
        throws
    {
        self.settings = settings
        self.backend = backend
        var width = hiddenSize
        steps = try settings.steps.map { step in
            guard case .dense(let dense) = step else { return .normalize }
            guard dense.inputSize == width else {
                throw BertError(
                    .invalidConfiguration,
                    "\(files.path(of: dense.path)): the layer takes \(dense.inputSize) components, and gets \(width)")
            }
            width = dense.outputSize
            return .dense(try dense.load(files, on: backend))
        }
        guard (1...width).contains(settings.dimensions ?? width) else {
            throw BertError(
                .invalidArgument,
                "vectors of \(width) components can't be cut to \(settings.dimensions ?? 0); from 1 to \(width) can be kept"
            )
        }
        dimension = settings.dimensions ?? width
    }

    /// The vectors of all sequences, one after the other.
    ///
    /// - Parameters:
    ///   - hidden: `[tokens, hidden]`.
    ///   - skipped: how many tokens at the start of each sequence don't count.
    package func callAsFunction(_ hidden: Tensor, _ sequences: PackedSequences, skipping skipped: Int) throws -> [Float]
    {
        var (hidden, sequences) = (hidden, sequences)
        if skipped > 0 { (hidden, sequences) = try dropFirst(skipped, hidden, sequences) }
        return try self(pooled: backend.pool(hidden, sequences: sequences, settings.pooling))
    }

    /// The same from what pooling makes of each sequence, `[sequences, hidden]`.
    package func callAsFunction(pooled: Tensor) throws -> [Float] {
        var x = pooled
        for step in steps {
            switch step {
            case .dense(let layer): x = try layer(x, on: backend)
            case .normalize: x = try backend.l2Normalize(x, epsilon: 1e-12)
            }
        }
        if x.shape.lastLength > dimension { x = try backend.slice(x, axis: 1, range: 0..<dimension) }
        if settings.normalizesLast { x = try backend.l2Normalize(x, epsilon: 1e-12) }
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

import BertCore
import BertModels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The pooling of token logits into sparse vectors, one block at a time: SPLADE (Formal et al. 2021).
struct SparsePooling {
    private let settings: SparseSettings
    private let limit: Int?
    private let backend: any ComputeBackend
    /// The number of tokens in each unfinished sequence.
    private var lengths: ArraySlice<Int>
    /// The number of processed tokens of the first unfinished sequence, and their pooled values.
    private var seen = 0
    private var pooled: [Float] = []
    /// The vectors of finished sequences.
    private(set) var vectors: [SparseVector] = []

    /// Creates a pooling.
    ///
    /// - Parameters:
    ///   - lengths: The number of tokens in each sequence.
    ///   - limit: The number of components to keep in a vector; nil for all.
    init(_ settings: SparseSettings, lengths: [Int], limit: Int?, on backend: any ComputeBackend) {
        self.settings = settings
        self.limit = limit
        self.backend = backend
        self.lengths = lengths[...]
    }

    /// Adds the logits of the next tokens, `[rows, vocabulary]`.
    mutating func add(_ logits: Tensor) throws {
        let (rows, width) = (logits.shape[0], logits.shape[1])
        // The parts of sequences in this block.
        var parts: [(count: Int, isLast: Bool)] = []
        var (left, open) = (rows, seen)
        for length in lengths where left > 0 {
            let count = min(left, length - open)
            parts.append((count, open + count == length))
            (left, open) = (left - count, 0)
        }
        let isSum = settings.strategy == .sum
        // log(1 + relu(x)) is monotonic, so the maximum can be computed first.
        let x = try isSum ? saturated(logits) : logits
        let values = try backend.floats(
            backend.pool(x, sequences: PackedSequences(lengths: parts.map(\.count)), isSum ? .mean : .max))
        for (index, part) in parts.enumerated() {
            let row = values[index * width..<(index + 1) * width]
            if seen == 0 {
                pooled = isSum ? row.map { $0 * Float(part.count) } : Array(row)
            } else {
                for (place, value) in row.enumerated() {
                    pooled[place] = isSum ? pooled[place] + value * Float(part.count) : max(pooled[place], value)
                }
            }
            seen += part.count
            guard part.isLast else { continue }
            vectors.append(SparseVector(isSum ? pooled : pooled.map { saturated($0) }, limit: limit))
            (seen, lengths) = (0, lengths.dropFirst())
        }
    }

    private func saturated(_ x: Float) -> Float {
        guard x > 0 else { return 0 }
        let once = log1p(x)
        return settings.saturation == .twice ? log1p(once) : once
    }

    private func saturated(_ x: Tensor) throws -> Tensor {
        let one = try backend.upload(HostBuffer([Float(1)]), shape: [1, 1], elementType: .float32)
        var y = try backend.activation(.relu, x)
        for _ in 0..<(settings.saturation == .twice ? 2 : 1) {
            y = try backend.unary(.log, backend.binary(.add, y, one))
        }
        return y
    }
}

import BertCore
import BertModels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Makes sparse vectors of the logits of tokens, which come a block at a time: SPLADE (Formal et al. 2021).
struct SparsePooling {
    private let settings: SparseSettings
    private let limit: Int?
    private let backend: any ComputeBackend
    /// How many tokens each sequence has that is not done.
    private var lengths: ArraySlice<Int>
    /// Of the first sequence that is not done: tokens seen, and what they make.
    private var seen = 0
    private var pooled: [Float] = []
    /// Of the sequences that are done.
    private(set) var vectors: [SparseVector] = []

    /// - Parameters:
    ///   - lengths: the tokens of each sequence.
    ///   - limit: how many components a vector keeps; all if nil.
    init(_ settings: SparseSettings, lengths: [Int], limit: Int?, on backend: any ComputeBackend) {
        self.settings = settings
        self.limit = limit
        self.backend = backend
        self.lengths = lengths[...]
    }

    /// Takes the next tokens' logits, `[rows, vocabulary]`.
    mutating func add(_ logits: Tensor) throws {
        let (rows, width) = (logits.shape[0], logits.shape[1])
        // The parts of sequences that are in the block.
        var parts: [(count: Int, isLast: Bool)] = []
        var (left, open) = (rows, seen)
        for length in lengths where left > 0 {
            let count = min(left, length - open)
            parts.append((count, open + count == length))
            (left, open) = (left - count, 0)
        }
        let isSum = settings.strategy == .sum
        // log(1 + relu(x)) rises with x, so the greatest may be found first.
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

public import BertCore

/// Where packed tokens lie in a padded batch, for those who want arrays as Python has them.
public struct PaddedLayout: Sendable {
    /// The number of sequences.
    public let batch: Int
    /// The length of the longest, hidden tokens included.
    public let length: Int
    /// For each packed token, its row in `[batch · length]`.
    private let rows: [Int]
    private let sequences: PackedSequences

    init(_ input: ModelInput, _ packed: PackedInput) {
        batch = input.lengths.count
        let length = input.lengths.max() ?? 0
        self.length = length
        sequences = packed.sequences
        var rows: [Int] = []
        rows.reserveCapacity(packed.places.count)
        var (sequence, start) = (0, 0)
        for place in packed.places {
            while place >= start + input.lengths[sequence] {
                start += input.lengths[sequence]
                sequence += 1
            }
            rows.append(sequence * length + place - start)
        }
        self.rows = rows
    }

    /// Packed rows `[tokens, features]` as `[batch, length, features]`; zeros where there is no token.
    public func padded(_ packed: Tensor, on backend: any ComputeBackend) throws -> (values: [Float], shape: Shape) {
        let features = packed.shape.lastLength
        let source = try backend.floats(packed)
        var values = [Float](repeating: 0, count: batch * length * features)
        for (token, row) in rows.enumerated() {
            for i in 0..<features { values[row * features + i] = source[token * features + i] }
        }
        return (values, [batch, length, features])
    }

    /// Packed probabilities as `[batch, heads, length, length]`; zeros where there is no token.
    public func paddedAttention(
        _ packed: Tensor, heads: Int, on backend: any ComputeBackend
    ) throws -> (values: [Float], shape: Shape) {
        let source = try backend.floats(packed)
        var values = [Float](repeating: 0, count: batch * heads * length * length)
        var next = 0
        for sequence in 0..<sequences.count {
            let columns = rows[sequences[sequence]].map { $0 - sequence * length }
            for head in 0..<heads {
                for query in columns {
                    let line = ((sequence * heads + head) * length + query) * length
                    for key in columns {
                        values[line + key] = source[next]
                        next += 1
                    }
                }
            }
        }
        return (values, [batch, heads, length, length])
    }

    /// For each packed token, its row in `[batch · length]`: which rows of a padded array are computed at all.
    public var computedRows: [Int] { rows }
}

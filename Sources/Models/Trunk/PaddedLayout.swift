public import BertCore

/// Where packed tokens lie in a padded batch, for those who want arrays as Python has them.
public struct PaddedLayout: Sendable {
    /// The number of sequences.
    public let batch: Int
    /// The length of the longest, hidden tokens included.
    public let length: Int
    /// For each sequence, the columns of its packed tokens.
    private let columns: [[Int]]
    /// The same for an encoder's tokens.
    private let encoderColumns: [[Int]]

    init(_ input: ModelInput, _ packed: PackedInput) {
        batch = input.lengths.count
        length = input.lengths.max() ?? 0
        var columns: [[Int]] = []
        var start = 0
        for (sequence, length) in input.lengths.enumerated() {
            columns.append(packed.places[packed.sequences[sequence]].map { $0 - start })
            start += length
        }
        self.columns = columns
        encoderColumns = input.encoder?.lengths.map { Array(0..<$0) } ?? []
    }

    /// Packed rows `[tokens, features]` as `[batch, length, features]`, `[tokens]` as `[batch, length]`; zeros where
    /// there is no token.
    ///
    /// - Parameters:
    ///   - packed: the tensor to convert.
    ///   - sequences: which of the batch's sequences the tensor holds; all if nil. The others are NaN.
    ///   - backend: the backend that holds it.
    public func padded(
        _ packed: Tensor, sequences: [Int]? = nil, on backend: any ComputeBackend
    ) throws -> (values: [Float], shape: Shape) {
        let features = packed.shape.count == 1 ? 1 : packed.shape.lastLength
        let source = try backend.floats(packed)
        var values = start(elements: length * features, sequences)
        var token = 0
        for sequence in sequences ?? Array(0..<batch) {
            for column in columns[sequence] {
                let row = sequence * length + column
                for i in 0..<features { values[row * features + i] = source[token * features + i] }
                token += 1
            }
        }
        return (values, packed.shape.count == 1 ? [batch, length] : [batch, length, features])
    }

    /// Packed probabilities as `[batch, heads, length, length]`; zeros where there is no token.
    ///
    /// - Parameters:
    ///   - packed: the tensor to convert.
    ///   - sequences: which of the batch's sequences the tensor holds; all if nil. The others are NaN.
    ///   - crossing: whether the keys are an encoder's: `[batch, heads, length, encoder's length]`.
    ///   - backend: the backend that holds it.
    public func paddedAttention(
        _ packed: Tensor, sequences: [Int]? = nil, crossing: Bool = false, on backend: any ComputeBackend
    ) throws -> (values: [Float], shape: Shape) {
        let keyColumns = crossing ? encoderColumns : columns
        let keyLength = crossing ? encoderColumns.map(\.count).max() ?? 0 : length
        let present = sequences ?? Array(0..<batch)
        let scores = present.reduce(0) { $0 + columns[$1].count * keyColumns[$1].count }
        let heads = scores == 0 ? 0 : packed.shape.elementCount / scores
        let source = try backend.floats(packed)
        var values = start(elements: heads * length * keyLength, sequences)
        var next = 0
        for sequence in present {
            for head in 0..<heads {
                for query in columns[sequence] {
                    let line = ((sequence * heads + head) * length + query) * keyLength
                    for key in keyColumns[sequence] {
                        values[line + key] = source[next]
                        next += 1
                    }
                }
            }
        }
        return (values, [batch, heads, length, keyLength])
    }

    /// For each packed token, its row in `[batch · length]`: which rows of a padded array are computed at all.
    public var computedRows: [Int] {
        columns.enumerated().flatMap { sequence, columns in columns.map { sequence * length + $0 } }
    }

    /// A batch of zeros, NaN for the sequences that aren't there.
    private func start(elements: Int, _ sequences: [Int]?) -> [Float] {
        guard let sequences else { return [Float](repeating: 0, count: batch * elements) }
        var values = [Float](repeating: .nan, count: batch * elements)
        for sequence in sequences {
            for i in sequence * elements..<(sequence + 1) * elements { values[i] = 0 }
        }
        return values
    }
}

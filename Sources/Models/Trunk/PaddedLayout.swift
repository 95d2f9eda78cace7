public import BertCore

/// The positions of packed tokens in a padded batch, for conversion to the arrays that Python uses.
public struct PaddedLayout: Sendable {
    /// The number of sequences.
    public let batch: Int
    /// The length of the longest sequence, including masked tokens.
    public let length: Int
    /// The columns of the packed tokens of each sequence.
    private let columns: [[Int]]
    /// The columns of the packed encoder tokens of each sequence.
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

    /// Converts packed rows `[tokens, features]` to `[batch, length, features]`, or `[tokens]` to `[batch, length]`.
    /// Padding is zero.
    ///
    /// - Parameters:
    ///   - packed: The tensor to convert.
    ///   - sequences: The sequences of the batch in the tensor; nil for all. The others are NaN in the result.
    ///   - backend: The backend of the tensor.
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

    /// Converts packed probabilities to `[batch, heads, length, length]`. Padding is zero.
    ///
    /// - Parameters:
    ///   - packed: The tensor to convert.
    ///   - sequences: The sequences of the batch in the tensor; nil for all. The others are NaN in the result.
    ///   - crossing: Whether the keys are an encoder's: `[batch, heads, length, encoder length]`.
    ///   - backend: The backend of the tensor.
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

    /// Returns a batch of zeros, with NaN for missing sequences.
    private func start(elements: Int, _ sequences: [Int]?) -> [Float] {
        guard let sequences else { return [Float](repeating: 0, count: batch * elements) }
        var values = [Float](repeating: .nan, count: batch * elements)
        for sequence in sequences {
            for i in sequence * elements..<(sequence + 1) * elements { values[i] = 0 }
        }
        return values
    }
}

import BertCore

/// Vectors of the same dimension, contiguous in memory.
struct VectorBlock {
    let count: Int
    private let width: Int
    private let values: [Float]

    /// Creates a block.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` that identifies the first vector with a different dimension or
    ///   a non-finite number.
    init(_ vectors: some Collection<[Float]>, width: Int, first number: Int = 0) throws {
        var values: [Float] = []
        values.reserveCapacity(vectors.count * width)
        for (index, vector) in vectors.enumerated() {
            guard vector.count == width else {
                throw BertError(
                    .invalidInput, "has \(vector.count) components; expected \(width)", record: number + index,
                    of: "vector", value: .int(vector.count), limit: .int(width))
            }
            guard vector.allSatisfy(\.isFinite) else {
                throw BertError(
                    .invalidInput, "has components that are not finite", record: number + index, of: "vector")
            }
            values += vector
        }
        count = vectors.count
        self.width = width
        self.values = values
    }

    /// Returns the vectors as a tensor `[count, width]`.
    func tensor(on backend: any ComputeBackend) throws -> Tensor {
        try backend.constant(values, shape: [count, width])
    }
}

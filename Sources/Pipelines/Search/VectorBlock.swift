import BertCore

/// Vectors of one width, one after the other in memory.
struct VectorBlock {
    let count: Int
    private let width: Int
    private let values: [Float]

    /// - Throws: ``BertError`` with code `invalidInput` that names the first vector of another width or with a number
    ///   that isn't finite.
    init(_ vectors: some Collection<[Float]>, width: Int, first number: Int = 0) throws {
        var values: [Float] = []
        values.reserveCapacity(vectors.count * width)
        for (index, vector) in vectors.enumerated() {
            guard vector.count == width else {
                throw BertError(
                    .invalidInput, "has \(vector.count) components; the others have \(width)", record: number + index,
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

    /// `[count, width]`.
    func tensor(on backend: any ComputeBackend) throws -> Tensor {
        try backend.constant(values, shape: [count, width])
    }
}

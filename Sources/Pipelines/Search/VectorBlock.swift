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

    /// Returns 1/length of each vector.
    func scales(first number: Int) throws -> [Float] {
        try values.withUnsafeBytes { try Self.scales(of: $0, width: width, first: number) }
    }

    /// Returns 1/length of each vector in host memory.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` that names the first vector with a number that isn't finite.
    static func scales(of rows: HostBuffer, width: Int, first number: Int) throws -> [Float] {
        try rows.withUnsafeBytes { try scales(of: $0, width: width, first: number) }
    }

    static func scales(of bytes: UnsafeRawBufferPointer, width: Int, first number: Int) throws -> [Float] {
        try (0..<bytes.count / (4 * width)).map { row in
            let vector = UnsafeRawBufferPointer(rebasing: bytes[4 * width * row..<4 * width * (row + 1)])
            func element(_ index: Int) -> Float { vector.loadUnaligned(fromByteOffset: 4 * index, as: Float.self) }
            var sums = SIMD16<Float>.zero
            let whole = width / 16 * 16
            for index in stride(from: 0, to: whole, by: 16) {
                let part = vector.loadUnaligned(fromByteOffset: 4 * index, as: SIMD16<Float>.self)
                sums.addProduct(part, part)
            }
            let square = (whole..<width).reduce(sums.sum()) { $0 + element($1) * element($1) }
            if square.isNormal { return 1 / max(square.squareRoot(), shortest) }
            // The sum is zero, subnormal, infinite or NaN, so it is computed again in double precision.
            guard (0..<width).allSatisfy({ element($0).isFinite }) else {
                throw BertError(
                    .invalidInput, "has components that are not finite", record: number + row, of: "vector")
            }
            let length = (0..<width).reduce(0.0) { $0 + Double(element($1)) * Double(element($1)) }.squareRoot()
            return Float(1 / max(length, Double(shortest)))
        }
    }

    /// The minimum length, as in sentence-transformers, which avoids divisions by zero.
    private static let shortest: Float = 1e-12
}

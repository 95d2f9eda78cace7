/// A few operations on three elements, exact in every precision, that check whether a backend works at all.
enum BackendSelfTest {
    /// Runs the operations.
    ///
    /// - Throws: ``BackendUnavailableReason`` `selfTestFailed`.
    static func run(_ backend: any ComputeBackend) throws {
        let x: [Float] = [1, 2, 3]
        func expect(_ what: String, _ want: [Float], _ compute: () throws -> Tensor) throws {
            let got: [Float]
            do { got = try backend.floats(compute()) } catch {
                throw BackendUnavailableReason.selfTestFailed("\(what) threw \(error)")
            }
            guard got == want else {
                throw BackendUnavailableReason.selfTestFailed("\(what) returned \(got) instead of \(want)")
            }
        }
        try expect("a product of [1, 2, 3] with itself", [14]) {
            let row = try backend.constant(x, shape: [1, 3])
            return try backend.matmul(row, row, transposeA: false, transposeB: true, scale: 1)
        }
        try expect("a linear layer of 3 features", [19, -9]) {
            let weights = try backend.prepareLinear(
                weight: backend.constant([1, 2, 3, -1, -2, -3], shape: [2, 3]),
                bias: backend.constant([5, 5], shape: [2]))
            return try backend.linear(backend.constant(x, shape: [1, 3]), weights, activation: nil, residual: nil)
        }
        try expect("a sum of 3 elements", [2, 4, 6]) {
            try backend.binary(.add, backend.constant(x, shape: [3]), backend.constant(x, shape: [3]))
        }
    }
}

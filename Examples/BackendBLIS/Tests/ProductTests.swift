import BackendBLIS
import BertCore
import Testing

/// Compares products with plain sums of integers, for sizes that are split into parts and sizes smaller than a
/// register.
@Suite struct ProductTests {
    static let sizes = [(1, 1, 1), (3, 5, 7), (128, 31, 33), (2, 300, 65), (300, 2, 0), (257, 129, 64), (0, 4, 4)]

    @Test(arguments: sizes, [(false, false), (false, true), (true, false), (true, true)])
    func `A product of whole numbers is exact`(size: (Int, Int, Int), transposed: (Bool, Bool)) throws {
        let backend = try BackendRegistry.shared.backend("blis")
        let (m, n, k) = size
        func a(_ batch: Int, _ i: Int, _ j: Int) -> Float { Float((batch * 5 + i * 7 + j * 3) % 11 - 5) }
        func b(_ i: Int, _ j: Int) -> Float { Float((i * 2 + j * 5) % 13 - 6) }
        let left = try backend.constant(
            (0..<2).flatMap { batch in
                (0..<m * k).map { transposed.0 ? a(batch, $0 % m, $0 / m) : a(batch, $0 / k, $0 % k) }
            }, shape: transposed.0 ? [2, k, m] : [2, m, k])
        let right = try backend.constant(
            (0..<k * n).map { transposed.1 ? b($0 % k, $0 / k) : b($0 / n, $0 % n) },
            shape: transposed.1 ? [n, k] : [k, n])
        let got = try backend.floats(
            backend.matmul(left, right, transposeA: transposed.0, transposeB: transposed.1, scale: 2))
        let want = (0..<2).flatMap { batch in
            (0..<m * n).map { index in
                (0..<k).reduce(Float(0)) { $0 + 2 * a(batch, index / n, $1) * b($1, index % n) }
            }
        }
        #expect(got == want)
    }

    @Test func `It says what it computes and what it hands on`() throws {
        let backend = try BackendRegistry.shared.backend("blis")
        #expect(backend.info.name == "blis")
        #expect(backend.capability(of: OperationRequest(.matmul)) == .native)
        #expect(backend.capability(of: OperationRequest(.matmul, elementType: .bfloat16)).description.hasPrefix("uns"))
        #expect(backend.capability(of: OperationRequest(.softmax)) == .native)
        #expect(backend.capability(of: OperationRequest(.cast)).description.hasPrefix("delegated to reference"))
    }
}

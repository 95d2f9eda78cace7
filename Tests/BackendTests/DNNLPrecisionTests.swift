import BackendDNNL
import BertCore
import Testing

@Suite("oneDNN: precisions")
struct DNNLPrecisionTests {
    @Test("bfloat16 is the same numbers, multiplied as such or as float32", arguments: [1, 16, 70, 131])
    func bfloat16(rows: Int) throws {
        try withOneDNN { backend in
            let backend = try #require(backend as? DNNLBackend)
            guard hasBFloat16(backend) else { return }
            for (inputSize, outputSize) in [(384, 1_152), (128, 2), (37, 100)] {
                let layer = Layer(rows: rows, inputSize, outputSize, spreadNumbers)
                let results = try [false, true].map { widens in
                    try layer.run(
                        backend.computing(in: .bfloat16, widensBFloat16: widens), activation: .gelu, residual: true)
                }
                expectClose(
                    results[0], results[1].map(Double.init), absolute: 2e-5, relative: 1e-5,
                    "[\(rows), \(inputSize)] -> \(outputSize)")
                #expect(try results[0] != layer.run(backend, activation: .gelu, residual: true))
            }
        }
    }

    /// Returns whether bfloat16 is supported. Otherwise, checks that the error says so.
    private func hasBFloat16(_ backend: DNNLBackend) -> Bool {
        do { return try backend.computing(in: .bfloat16).info.precision == .bfloat16 } catch {
            #expect((error as? BackendUnavailableReason)?.code == .precisionNotSupported)
            return false
        }
    }

    @Test("the name of the arithmetic says which way in bfloat16, and nothing of it in other precisions")
    func numerics() throws {
        try withOneDNN { backend in
            let backend = try #require(backend as? DNNLBackend)
            for widens in [false, true] {
                let short = try backend.computing(in: .bfloat16, widensBFloat16: widens)
                #expect(short.info.numerics == backend.info.numerics + (widens ? "/portable" : "/native"))
                #expect((short.info.details["bfloat16"] != nil) == widens)
                let again = try short.computing(in: .float32)
                #expect(again.info == backend.info)
                // From one way to the other.
                let other = try short.computing(in: .bfloat16, widensBFloat16: !widens)
                #expect(other.info.numerics == backend.info.numerics + (widens ? "/native" : "/portable"))
            }
        }
    }

    @Test("which way is taken is said, and does not change")
    func way() throws {
        try withOneDNN { backend in
            let ways = (0..<5).map { _ in try? backend.computing(in: .bfloat16).info.details["bfloat16"] }
            #expect(Set(ways).count == 1)
        }
    }
}

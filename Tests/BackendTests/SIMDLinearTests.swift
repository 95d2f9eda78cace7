import BackendReference
import BackendSIMD
import BertCore
import BertHostKernels
import Foundation
import TestSupport
import Testing

@Suite("SIMD: linear layers and products")
struct SIMDLinearTests {
    /// Returns the backend with a number of threads.
    private func backend(threads: Int = 2, _ precision: Precision = .float32) throws -> any ComputeBackend {
        let registry = BackendRegistry(environment: BertEnvironment(["BERT_NUM_THREADS": "\(threads)"])) { _ in }
        try registry.register(ReferenceBackend.descriptor)
        try registry.register(SIMDBackend.descriptor)
        return try registry.backend("simd").computing(in: precision)
    }

    private func layer(
        _ backend: any ComputeBackend, rows: Int, inputs: Int, outputs: Int, _ numbers: (Int, Int) -> [Float]
    ) throws -> [Float] {
        let weights = try backend.prepareLinear(
            weight: backend.constant(numbers(outputs * inputs, 2), shape: [outputs, inputs]),
            bias: backend.constant(numbers(outputs, 3), shape: [outputs]))
        let x = try backend.constant(numbers(rows * inputs, 1), shape: [rows, inputs])
        return try backend.floats(backend.linear(x, weights, activation: nil, residual: nil))
    }

    @Test("has its threads take parts of a batch", arguments: Precision.allCases)
    func dividesBatches(precision: Precision) throws {
        let backend = try backend(threads: 3, precision)
        #expect(backend.dividesBatches)
        #expect(backend.workerPool?.threads == 3)
    }

    @Test("is always there, whatever is installed")
    func available() {
        let status = BackendRegistry.shared.status(of: "simd")
        #expect(status.backend != nil, "\(String(describing: status.reason))")
        #expect(status.backend?.info.instructionSet?.isEmpty == false)
    }

    @Test("give the same bits on any number of threads", arguments: Precision.allCases, [1, 16, 100, 301])
    func threads(precision: Precision, rows: Int) throws {
        let first = try layer(backend(threads: 1, precision), rows: rows, inputs: 96, outputs: 320, spreadNumbers)
        for threads in [2, 3, 8] {
            let other = try layer(
                backend(threads: threads, precision), rows: rows, inputs: 96, outputs: 320, spreadNumbers)
            #expect(other == first, "\(threads) threads")
        }
    }

    @Test(
        "instructions for bfloat16 that sum in another way are named, and left out if portable numbers are asked for",
        arguments: [nil, "native", "portable"], [true, false])
    func unlikeInstructions(numerics: String?, sumsPortably: Bool) throws {
        let best = try #require(InstructionSet.supported.last)
        var variables = ["BERT_INSTRUCTIONS": best.rawValue]
        variables["BERT_NUMERICS"] = numerics
        let registry = BackendRegistry(environment: BertEnvironment(variables)) { _ in }
        try registry.register(ReferenceBackend.descriptor)
        try registry.register(
            BackendDescriptor(name: "simd", summary: "with what this processor hasn't", priority: 1) {
                try SIMDBackend($0, sumsBFloat16Portably: sumsPortably)
            })
        let backend = try registry.backend("simd")
        let short = try backend.computing(in: .bfloat16)
        func name(_ precision: Precision) -> String { "simd/\(best.numerics(in: precision))" }
        #expect(backend.info.numerics == name(.float32))
        let own = name(.bfloat16) + (best == .amx ? "/amx" : "/native")
        #expect(short.info.numerics == (sumsPortably || numerics == "portable" ? name(.bfloat16) : own))
        let isLeftOut = !sumsPortably && numerics == "portable"
        #expect(short.info.instructionSet == (isLeftOut ? min(best, .avx512vnni) : best).rawValue)
        for precision in [Precision.float32, .int8] {
            let other = try short.computing(in: precision)
            #expect(other.info.numerics == name(precision) && other.info.instructionSet == best.rawValue)
        }
        // Both compute.
        let got = try layer(short, rows: 5, inputs: 37, outputs: 50, spreadNumbers)
        let reference = ReferenceBackend(workers: WorkerPool(threads: 1)).computing(in: .bfloat16)
        let want = try layer(reference, rows: 5, inputs: 37, outputs: 50, spreadNumbers)
        expectClose(got, want.map(Double.init), absolute: 1e-4, relative: 1e-5)
    }

    @Test("BERT_NUMERICS that is neither is an error")
    func badNumerics() throws {
        let registry = BackendRegistry(environment: BertEnvironment(["BERT_NUMERICS": "exact"])) { _ in }
        try registry.register(ReferenceBackend.descriptor)
        try registry.register(SIMDBackend.descriptor)
        let error = #expect(throws: BertError.self) { try registry.backend("simd") }
        #expect(error?.code == .invalidSetting && error?.key == "BERT_NUMERICS")
    }

    @Test("agree with the reference in every precision", arguments: Precision.allCases)
    func reference(precision: Precision) throws {
        for (rows, inputs, outputs) in [(1, 1, 1), (3, 70, 9), (33, 384, 200), (130, 96, 385)] {
            let reference = ReferenceBackend(workers: WorkerPool(threads: 1)).computing(in: precision)
            let want = try layer(reference, rows: rows, inputs: inputs, outputs: outputs, spreadNumbers)
            let got = try layer(backend(precision), rows: rows, inputs: inputs, outputs: outputs, spreadNumbers)
            expectClose(
                got, want.map(Double.init), absolute: 1e-4, relative: 1e-5, "[\(rows), \(inputs)] -> \(outputs)")
        }
    }

    @Test("of a vocabulary leave the weights where they are and are exact")
    func vocabulary() throws {
        let (rows, inputs, outputs) = (5, 24, 9_001)
        let got = try layer(backend(), rows: rows, inputs: inputs, outputs: outputs, exactNumbers)
        let reference = ReferenceBackend(workers: WorkerPool(threads: 1))
        let want = try layer(reference, rows: rows, inputs: inputs, outputs: outputs, exactNumbers)
        #expect(got == want)
    }

    @Test("int8 refuses more inputs than 32 bits can sum")
    func tooManyInputs() throws {
        let backend = try backend(.int8)
        let inputs = Int(Int32.max) / (255 * 127) + 1
        let weight = try backend.constant([Float](repeating: 0, count: inputs), shape: [1, inputs])
        expectError(.unsupported, value: .int(inputs), limit: .int(inputs - 1)) {
            try backend.prepareLinear(weight: weight, bias: nil)
        }
    }

    @Test("weights of another backend are a named error")
    func foreign() throws {
        let (backend, reference) = (try backend(), ReferenceBackend(workers: WorkerPool(threads: 1)))
        let x = try backend.constant([1, 2], shape: [1, 2])
        let weights = try reference.prepareLinear(weight: x, bias: nil)
        let error = #expect(throws: BertError.self) {
            try backend.linear(x, weights, activation: nil, residual: nil)
        }
        #expect(error?.code == .foreignTensor)
    }

    @Test("can be called from many threads at once")
    func concurrent() throws {
        let backend = try backend()
        let want = try (1...6).map { try layer(backend, rows: $0 * 11, inputs: 64, outputs: 130, exactNumbers) }
        let failures = FirstFailure()
        DispatchQueue.concurrentPerform(iterations: 60) { index in
            failures.record {
                let rows = (index % 6 + 1) * 11
                let got = try layer(backend, rows: rows, inputs: 64, outputs: 130, exactNumbers)
                #expect(got == want[index % 6])
            }
        }
        try failures.check()
    }
}

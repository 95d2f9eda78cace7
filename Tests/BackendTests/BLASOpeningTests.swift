import BackendBLAS
import BertCore
import BertHostKernels
import Foundation
import TestSupport
import Testing

@Suite("Opening OpenBLAS")
struct BLASOpeningTests {
    @Test("is available, or says that the library was not found under any of its names")
    func available() throws {
        switch try registryWithOpenBLAS().status(of: "openblas") {
        case .available(let backend):
            #expect(backend.info.name == "openblas")
            #expect(backend.info.version?.isEmpty == false)
            #expect(backend.info.libraryPath?.contains("openblas") == true)
            #expect(backend.info.instructionSet?.isEmpty == false)
        case .unavailable(let reason):
            RequiredBackends.check("openblas", reason)
            #expect(reason.code == .libraryNotFound, "OpenBLAS is there but can't be used: \(reason)")
            #expect(reason.tried.count >= 2)
        }
    }

    @Test("where it takes a processor for an old one, the variable that helps is named")
    func unknownProcessor() throws {
        guard let backend = try registryWithOpenBLAS().status(of: "openblas").backend else { return }
        guard backend.info.instructionSet == "Prescott", InstructionSet.best.isAtLeast(.avx2) else { return }
        #expect(backend.info.details["core type"]?.contains("OPENBLAS_CORETYPE=") == true, "\(backend.info)")
    }

    @Test(
        "the variable names the last processor that it knows with the same instructions",
        arguments: InstructionSet.allCases)
    func advice(instructions: InstructionSet) {
        let advice = UnknownProcessor.advice(coreName: "Prescott", instructions: instructions)
        if instructions.isAtLeast(.avx512) {
            #expect(advice?.contains("OPENBLAS_CORETYPE=SkylakeX") == true)
        } else if instructions.isAtLeast(.avx2) {
            #expect(advice?.contains("OPENBLAS_CORETYPE=Haswell") == true)
        } else {
            #expect(advice == nil)
        }
        #expect(UnknownProcessor.advice(coreName: "Zen", instructions: instructions) == nil)
    }

    @Test("is registered by being linked")
    func registered() {
        #expect(BackendRegistry.shared.names.contains("openblas"))
        #expect(BackendRegistry.shared.knownVariables.contains { $0.name == "BERT_OPENBLAS_LIBRARY" })
    }

    @Test("a file that isn't there is named with the loader's words")
    func noFile() throws {
        let reason = try #require(try whyNot("/nowhere/libopenblas.so"))
        #expect(reason.code == .libraryNotFound)
        #expect(reason.tried.map(\.path) == ["/nowhere/libopenblas.so"])
        #expect(reason.tried.first?.message.contains("No such file") == true)
    }

    @Test("a file that is no library is named with the loader's words")
    func textFile() throws {
        let reason = try #require(try whyNot(Fixtures.path("index.json")))
        #expect(reason.code == .libraryNotFound)
        #expect(reason.tried.count == 1)
        #expect(reason.tried.first?.message.contains("No such file") == false)
    }

    #if os(Linux)
        @Test("another library is told by the functions that it lacks")
        func otherLibrary() throws {
            let reason = try #require(try whyNot("libm.so.6"))
            let symbols = [
                "cblas_sgemm", "openblas_get_config", "openblas_get_corename", "openblas_get_num_threads",
                "openblas_get_parallel", "openblas_set_num_threads",
            ]
            #expect(reason == .symbolMissing(library: "libm.so.6", symbols: symbols))
        }
    #endif

    @Test("says which operations are its own, which the reference's and which nobody's")
    func capability() throws {
        guard let backend = try registryWithOpenBLAS().status(of: "openblas").backend else { return }
        func capability(_ kind: OperationKind, _ type: ElementType = .float32, _ shapes: [Shape] = []) -> Capability {
            backend.capability(of: OperationRequest(kind, shapes: shapes, elementType: type))
        }
        for kind in [OperationKind.matmul, .linear, .layerNorm, .softmax, .attention, .gatherRows] {
            #expect(capability(kind) == .native)
        }
        guard case .delegated("reference", _) = capability(.cast, .int32) else {
            Issue.record("a cast is \(capability(.cast, .int32))")
            return
        }
        guard case .unsupported = capability(.matmul, .bfloat16) else {
            Issue.record("a product in bfloat16 is \(capability(.matmul, .bfloat16))")
            return
        }
        guard case .delegated("reference", _) = capability(.attention, .float32, [[2, 8], [2, 8], [2, 4]]) else {
            Issue.record("attention with narrow values is not delegated")
            return
        }
    }

    private func whyNot(_ library: String) throws -> BackendUnavailableReason? {
        try registryWithOpenBLAS(["BERT_OPENBLAS_LIBRARY": library]).status(of: "blas").reason
    }
}

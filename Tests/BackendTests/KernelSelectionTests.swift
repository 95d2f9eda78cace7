import BackendReference
import BackendSIMD
import BertCore
import BertHostKernels
import CBertKernels
import Foundation
import Testing

@Suite("The choice of an instruction set")
struct KernelSelectionTests {
    @Test("the plain kernels are always there and a vector version beside them")
    func lists() {
        #expect(KernelSet.all.map(\.name).starts(with: ["plain", "vector128"]))
        #expect(bert_kernels_table(-1) == nil)
        #expect(bert_kernels_table(.max) == nil)
    }

    @Test("they are ordered, and the best is the last of those that the machine has and is fast at")
    func order() {
        #expect(InstructionSet.allCases == InstructionSet.allCases.sorted())
        #expect(InstructionSet.supported.map(\.rawValue) == KernelSet.all.map(\.name))
        let isSlow = InstructionSet.supported.last == .avx512bf16 && !bert_bfloat16_is_fast()
        #expect(InstructionSet.best == (isSlow ? .avx512vnni : InstructionSet.supported.last))
        #expect(InstructionSet.amx.isAtLeast(.avx512vnni))
        #expect(InstructionSet.avx512vnni.isAtLeast(.avx2) && InstructionSet.avx2.isAtLeast(.avx2))
        #expect(!InstructionSet.vector128.isAtLeast(.avx2))
        #expect(String(cString: bert_kernels_best().pointee.name) == InstructionSet.best.rawValue)
    }

    private func registry(_ value: String) throws -> BackendRegistry {
        let registry = BackendRegistry(environment: BertEnvironment(["BERT_INSTRUCTIONS": value])) { _ in }
        try registry.register(ReferenceBackend.descriptor)
        try registry.register(SIMDBackend.descriptor)
        return registry
    }

    @Test("BERT_INSTRUCTIONS takes each that the machine has", arguments: InstructionSet.supported)
    func variable(set: InstructionSet) throws {
        let backend = try registry(" \(set.rawValue.uppercased()) ").backend("simd")
        #expect(backend.info.instructionSet == set.rawValue)
    }

    @Test(
        "one that the machine lacks, or that nobody has, is an error whatever backend is asked for",
        arguments: ["avx1024", "avx 2", "native"]
            + InstructionSet.allCases.filter { !InstructionSet.supported.contains($0) }.map(\.rawValue))
    func refusal(value: String) throws {
        let registry = try registry(value)
        for selection in [BackendSelection.auto, "reference", "simd"] {
            let error = #expect(throws: BertError.self) { try registry.backend(selection) }
            #expect(error?.code == .invalidSetting)
            #expect(error?.key == "BERT_INSTRUCTIONS" && error?.value == .string(value), "\(error as Any)")
        }
    }

    /// The processor's features according to Linux.
    private static let features = Set(
        (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(whereSeparator: \.isWhitespace) ?? [])

    @Test(
        "Linux grants the tiles of AMX",
        .enabled(if: features.isSuperset(of: ["amx_tile", "amx_int8", "amx_bf16"]), "this processor has none"))
    func tiles() {
        #expect(InstructionSet.supported.contains(.amx))
        #expect(InstructionSet.best == .amx)
    }
}

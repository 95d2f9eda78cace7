public import BertCore
public import BertHostKernels
import CBertKernels

/// A backend with this package's own kernels for the instruction set of the processor.
///
/// The elements of a result are summed in a fixed order that doesn't depend on the batch or the number of threads, so
/// the results for a text are bitwise equal in any batch.
public struct SIMDBackend: HostKernelBackend {
    static let name = "simd"

    /// The name, instruction set and number of threads.
    public private(set) var info: BackendInfo
    /// The backend for operations that only move elements, such as permutations and slices.
    public private(set) var delegate: any ComputeBackend
    public private(set) var kernels: HostKernels
    private let instructions: InstructionSet
    private let bfloat16: BFloat16Arithmetic
    private let sumsBFloat16Portably: Bool
    let scratch = ScratchPool()

    /// True, because products with few rows are as fast as products with many. Each thread can therefore compute a part
    /// of a large batch.
    public var dividesBatches: Bool { true }

    /// Creates a backend with the threads of a registry.
    ///
    /// - Parameter sumsBFloat16Portably: Whether bfloat16 instructions give portable results. If it is nil, this is
    ///   determined for the processor.
    package init(_ context: BackendContext, sumsBFloat16Portably: Bool? = nil) throws {
        instructions = try InstructionSet(context.environment)
        bfloat16 = try BFloat16Arithmetic.requested(by: context.environment) ?? .native
        self.sumsBFloat16Portably = sumsBFloat16Portably ?? instructions.sumsBFloat16Portably
        info = BackendInfo(
            name: Self.name, instructionSet: instructions.description, threads: context.workers.threads,
            numerics: Self.numerics(instructions, in: .float32), isBatchInvariant: true,
            details: [
                "precisions": Precision.allCases.map(\.rawValue).joined(separator: ", "),
                "waiting": "the program's threads spin \(context.workers.spins) times with a pause, then sleep",
            ])
        delegate = try context.reference()
        kernels = HostKernels(for: Self.name, workers: context.workers, instructions: instructions)
    }

    private static func numerics(_ instructions: InstructionSet, in precision: Precision) -> String {
        "\(name)/\(instructions.numerics(in: precision))"
    }

    /// Returns a backend with the same kernels in another precision. All precisions are supported.
    ///
    /// In bfloat16, the operands of the products in attention are rounded, too. In int8, they are float32: the bits of
    /// int8 are the same on all processors, and without bfloat16 instructions, rounding takes longer than it saves.
    ///
    /// If the bfloat16 instructions of the processor don't give the same results as the kernels for other processors,
    /// ``BackendInfo/numerics`` ends in `/amx` with AMX, and otherwise in `/native`. `BERT_NUMERICS=portable` disables
    /// these instructions.
    public func computing(in precision: Precision) throws -> any ComputeBackend {
        guard precision != info.precision else { return self }
        var backend = self
        backend.info.precision = precision
        backend.delegate = try delegate.computing(in: precision)
        let differs = precision == .bfloat16 && !sumsBFloat16Portably
        let instructions = differs && bfloat16 == .portable ? min(instructions, .avx512vnni) : instructions
        backend.info.instructionSet = instructions.description
        backend.info.numerics = Self.numerics(instructions, in: precision)
        if differs && bfloat16 == .native { backend.info.numerics += instructions == .amx ? "/amx" : "/native" }
        backend.kernels = HostKernels(for: Self.name, workers: kernels.workers, instructions: instructions)
        if precision == .bfloat16 { backend.kernels.attentionRounding = BERT_ROUNDING_FASTEST }
        return backend
    }
}

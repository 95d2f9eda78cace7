public import BertCore
public import BertHostKernels

/// A backend with this package's own kernels for the instruction set of the processor.
///
/// The elements of a result are summed in a fixed order that doesn't depend on the batch or the number of threads, so
/// the results for a text are bitwise equal in any batch.
public struct SIMDBackend: HostKernelBackend {
    static let name = "simd"

    /// The name, instruction set and number of threads.
    public private(set) var info: BackendInfo
    /// Moves elements: permutations, slices and the like.
    public private(set) var delegate: any ComputeBackend
    public let kernels: HostKernels
    let scratch = ScratchPool()

    /// True: products of few rows are as fast as those of many, so each thread takes a part of a large batch.
    public var dividesBatches: Bool { true }

    /// Makes a backend on the threads of a registry.
    init(_ context: BackendContext) throws {
        let instructions = try InstructionSet(context.environment)
        info = BackendInfo(
            name: Self.name, instructionSet: instructions.description, threads: context.workers.threads,
            numerics: "\(Self.name)/\(instructions.numerics)", isBatchInvariant: true,
            details: [
                "precisions": Precision.allCases.map(\.rawValue).joined(separator: ", "),
                "waiting": "our own threads look \(context.workers.spins) times, with a pause, then sleep",
            ])
        delegate = try context.reference()
        kernels = HostKernels(for: Self.name, workers: context.workers, instructions: instructions)
    }

    /// The same kernels in a precision; all of them are available.
    public func computing(in precision: Precision) throws -> any ComputeBackend {
        guard precision != info.precision else { return self }
        var backend = self
        backend.info.precision = precision
        backend.delegate = try delegate.computing(in: precision)
        return backend
    }
}

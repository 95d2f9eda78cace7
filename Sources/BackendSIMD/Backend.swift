public import BertCore
import CKernels
public import HostKernels

/// Computes everything with this package's own kernels, for the instruction set of this processor.
///
/// An element of a result is summed in one order, whatever the shapes around it, the threads and the rest of the batch:
/// a text gets the same bits in any batch.
public struct SIMDBackend: HostKernelBackend {
    static let name = "simd"

    /// Name, instruction set and threads.
    public private(set) var info: BackendInfo
    /// Who moves elements.
    public private(set) var delegate: any ComputeBackend
    public let kernels: HostKernels
    let scratch = ScratchPool()

    /// Its threads take parts of a large batch: products of a part's few rows are as fast as those of many.
    public var dividesBatches: Bool { true }

    /// Kernels on the threads of a registry.
    init(_ context: BackendContext) throws {
        let isa = String(cString: bert_kernels_isa())
        info = BackendInfo(
            name: Self.name, instructionSet: isa, threads: context.workers.threads,
            details: [
                "precisions": Precision.allCases.map(\.rawValue).joined(separator: ", "),
                "waiting": "our own workers: \(context.workers.spins) looks for work, then sleep",
            ])
        delegate = try context.reference()
        kernels = HostKernels(for: Self.name, workers: context.workers)
    }

    /// The same kernels; every precision is there.
    public func computing(in precision: Precision) throws -> any ComputeBackend {
        guard precision != info.precision else { return self }
        var backend = self
        backend.info.precision = precision
        backend.delegate = try delegate.computing(in: precision)
        return backend
    }
}

public import BertCore
public import BertHostKernels
import CBertKernels

/// A backend that uses oneDNN for matrix products and linear layers, and host kernels for all other operations.
///
/// The library runs on the calling thread. Work is divided among the threads of the pool.
public final class DNNLBackend: HostKernelBackend {
    // A class, so that copies share one reference.

    static let name = "onednn"

    /// A description of the backend.
    public let info: BackendInfo
    /// The backend for operations without a host kernel.
    public let delegate: any ComputeBackend
    let workers: WorkerPool
    let memory: HostMemory
    /// The kernels for all operations except products. The library's own threads are never started.
    public let kernels: HostKernels
    let library: Library
    let products: ProductCache
    let layouts: LayoutCache
    let bfloat16: BFloat16Arithmetic
    /// The identifier of the arithmetic without the part that bfloat16 adds.
    private let float32Numerics: String
    /// Whether bfloat16 products are computed in float32.
    let widensBFloat16: Bool
    let scratch = ScratchPool()

    /// Loads the library.
    ///
    /// - Throws: ``BackendUnavailableReason``, or ``BertError`` with code `libraryFailure`.
    convenience init(_ context: BackendContext) throws {
        let library = try Library(context.environment)
        let instructions = try InstructionSet(context.environment)
        let info = BackendInfo(
            name: Self.name, version: library.version, libraryPath: library.path,
            instructionSet: library.instructionSet, threads: context.workers.threads,
            details: [
                "kernels": instructions.description,
                "openmp": library.runtime,
                "precisions": library.precisions.map(\.rawValue).joined(separator: ", "),
                "waiting": "the program's threads spin \(context.workers.spins) times with a pause, then sleep",
            ])
        try self.init(
            info, library, delegate: context.reference(),
            kernels: HostKernels(for: Self.name, workers: context.workers, instructions: instructions),
            float32Numerics: info.numerics, products: ProductCache(library), layouts: LayoutCache(library),
            bfloat16: BFloat16Arithmetic.requested(by: context.environment)
                ?? Self.fasterBFloat16(instructionSet: library.instructionSet),
            widensBFloat16: false)
    }

    private init(
        _ info: BackendInfo, _ library: Library, delegate: any ComputeBackend, kernels: HostKernels,
        float32Numerics: String, products: ProductCache, layouts: LayoutCache, bfloat16: BFloat16Arithmetic,
        widensBFloat16: Bool
    ) {
        self.info = info
        self.float32Numerics = float32Numerics
        self.library = library
        self.delegate = delegate
        self.kernels = kernels
        workers = kernels.workers
        self.products = products
        self.layouts = layouts
        self.bfloat16 = bfloat16
        self.widensBFloat16 = widensBFloat16
        memory = kernels.memory
    }

    /// The faster arithmetic for bfloat16.
    ///
    /// The choice isn't measured, so hosts with the same processor compute the same results regardless of load. AMX is
    /// much faster than float32. The bfloat16 instruction of AVX-512 is faster than float32 on AMD processors and
    /// slower on Intel processors.
    /// - Parameter instructionSet: oneDNN's name of the instruction set, for example `avx512_core_amx`.
    private static func fasterBFloat16(instructionSet: String?) -> BFloat16Arithmetic {
        let name = instructionSet ?? ""
        return name.contains("amx") || name.contains("bf16") && bert_bfloat16_is_fast() ? .native : .portable
    }

    /// Returns a backend for the same library with another precision, if the processor has instructions for it.
    public func computing(in precision: Precision) throws -> any ComputeBackend {
        guard precision != info.precision else { return self }
        guard library.precisions.contains(precision) else {
            throw BackendUnavailableReason.precisionNotSupported(precision, have: library.precisions)
        }
        return try computing(
            in: precision,
            widensBFloat16: precision == .bfloat16 && bfloat16 == .portable)
    }

    /// Returns a backend for the same library with a precision that the processor supports.
    ///
    /// - Parameter widensBFloat16: Whether bfloat16 products are computed in float32.
    package func computing(in precision: Precision, widensBFloat16: Bool) throws -> DNNLBackend {
        var info = info
        info.precision = precision
        info.details["bfloat16"] =
            widensBFloat16 ? "rounded and multiplied as float32 (BERT_NUMERICS=native uses bfloat16 instructions)" : nil
        info.numerics = float32Numerics
        if precision == .bfloat16 { info.numerics += widensBFloat16 ? "/portable" : "/native" }
        return try DNNLBackend(
            info, library, delegate: delegate.computing(in: precision), kernels: kernels,
            float32Numerics: float32Numerics, products: products, layouts: layouts, bfloat16: bfloat16,
            widensBFloat16: widensBFloat16)
    }
}

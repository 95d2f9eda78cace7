public import BertCore
public import HostKernels

/// Computes matrix products and linear layers with oneDNN, and everything else with this package's kernels.
///
/// The library computes on the calling thread; the program's workers share the work.
public final class DNNLBackend: HostKernelBackend {
    // A class, so that passing it around copies one reference.

    static let name = "onednn"

    /// Name, version, library, instruction set and threads.
    public let info: BackendInfo
    /// Computes the operations that have no kernel here.
    public let delegate: any ComputeBackend
    let workers: WorkerPool
    let memory: HostMemory
    /// The kernels for everything but products, on the program's threads. The library's own threads are never started.
    public let kernels: HostKernels
    let library: Library
    let products: ProductCache
    let layouts: LayoutCache
    /// Whether bfloat16 is multiplied as float32: see ``BFloat16Speed``.
    let widensBFloat16: Bool
    let scratch = ScratchPool()

    /// Opens the library.
    ///
    /// - Throws: ``BackendUnavailableReason``, or ``BertError`` with code `libraryFailure`.
    convenience init(_ context: BackendContext) throws {
        let library = try Library(context.environment)
        let info = BackendInfo(
            name: Self.name, version: library.version, libraryPath: library.path,
            instructionSet: library.instructionSet, threads: context.workers.threads,
            details: [
                "openmp": library.runtime,
                "precisions": library.precisions.map(\.rawValue).joined(separator: ", "),
                "waiting": "our own workers: \(context.workers.spins) looks for work, then sleep",
            ])
        try self.init(
            info, library, delegate: context.reference(), workers: context.workers, products: ProductCache(library),
            layouts: LayoutCache(library), widensBFloat16: false)
    }

    private init(
        _ info: BackendInfo, _ library: Library, delegate: any ComputeBackend, workers: WorkerPool,
        products: ProductCache, layouts: LayoutCache, widensBFloat16: Bool
    ) {
        self.info = info
        self.library = library
        self.delegate = delegate
        self.workers = workers
        self.products = products
        self.layouts = layouts
        self.widensBFloat16 = widensBFloat16
        memory = .shared
        kernels = HostKernels(for: Self.name, memory: .shared, workers: workers)
    }

    /// The same library in another precision, if the processor has instructions for it.
    public func computing(in precision: Precision) throws -> any ComputeBackend {
        guard precision != info.precision else { return self }
        guard library.precisions.contains(precision) else {
            throw BackendUnavailableReason.precisionNotSupported(precision, have: library.precisions)
        }
        return try computing(
            in: precision,
            widensBFloat16: precision == .bfloat16 && library.bfloat16Speed.isLowerThanFloat32(products, layouts))
    }

    /// The same library in a precision that the processor supports.
    ///
    /// - Parameter widensBFloat16: whether bfloat16 is multiplied as float32.
    package func computing(in precision: Precision, widensBFloat16: Bool) throws -> DNNLBackend {
        var info = info
        info.precision = precision
        if widensBFloat16 {
            info.details["bfloat16"] = "multiplied as float32 once rounded, which is faster on this processor"
        }
        return try DNNLBackend(
            info, library, delegate: delegate.computing(in: precision), workers: workers, products: products,
            layouts: layouts, widensBFloat16: widensBFloat16)
    }
}

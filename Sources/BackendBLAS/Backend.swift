public import BertCore
public import BertHostKernels

/// A backend that uses OpenBLAS for matrix products, and host kernels for all other operations.
public struct OpenBLASBackend: HostKernelBackend {
    /// A description of the backend.
    public let info: BackendInfo
    /// The backend for operations without a host kernel.
    public let delegate: any ComputeBackend
    static let name = "openblas"
    let library: OpenBLASLibrary
    let memory: HostMemory
    /// The kernels for all operations except matrix products.
    public let kernels: HostKernels
    let products: Products

    /// Creates a backend that uses a loaded library.
    ///
    /// - Parameter blocking: The blocking of products; nil for the best one for the library.
    package init(
        library: OpenBLASLibrary, workers: WorkerPool, delegate: any ComputeBackend, memory: HostMemory = .shared,
        instructions: InstructionSet = .best, blocking: Blocking? = nil
    ) {
        self.library = library
        kernels = HostKernels(for: Self.name, memory: memory, workers: workers, instructions: instructions)
        self.memory = memory
        self.delegate = delegate
        products = Products(library: library, workers: workers, blocking: blocking)
        let ownThreads = library.callsAreIndependent
        var details = ["integers": library.isWide ? "64 bits" : "32 bits"]
        details["threading"] =
            ownThreads
            ? "products are split into tiles for the program's threads; OpenBLAS's own threads are not used"
            : "\(library.threading.rawValue), one product at a time"
        details["openmp"] = library.openMPPath.map { "\($0), limited to one thread" }
        details["core type"] =
            UnknownProcessor.advice(coreName: library.coreName, instructions: .best) ?? library.coreChoice
        details["kernels"] = instructions.description
        info = BackendInfo(
            name: Self.name, version: library.version.description, libraryPath: library.path,
            instructionSet: library.coreName, threads: ownThreads ? workers.threads : library.threads,
            details: details)
    }
}

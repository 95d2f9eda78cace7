public import BertCore
public import BertHostKernels

/// Computes matrix products with OpenBLAS, and everything else with this package's kernels.
public struct OpenBLASBackend: HostKernelBackend {
    /// Name, version, file and threads.
    public let info: BackendInfo
    /// Computes the operations that have no kernel here.
    public let delegate: any ComputeBackend
    static let name = "openblas"
    let library: OpenBLASLibrary
    let memory: HostMemory
    /// The kernels for everything but products.
    public let kernels: HostKernels
    let products: Products

    /// Makes a backend of an open library.
    ///
    /// - Parameter blocking: how products are split; nil: what suits the library.
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
            ? "products are split into tiles for the program's threads; OpenBLAS's own are idle"
            : "\(library.threading.rawValue), one product at a time"
        details["openmp"] = library.openMPPath.map { "\($0), held at one thread" }
        details["core type"] =
            UnknownProcessor.advice(coreName: library.coreName, instructions: .best) ?? library.coreChoice
        details["kernels"] = instructions.description
        info = BackendInfo(
            name: Self.name, version: library.version.description, libraryPath: library.path,
            instructionSet: library.coreName, threads: ownThreads ? workers.threads : library.threads,
            details: details)
    }
}

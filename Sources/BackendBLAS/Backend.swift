public import BertCore
public import HostKernels

/// Computes matrix products with OpenBLAS and what lies between them with kernels of its own.
public struct OpenBLASBackend: HostKernelBackend {
    /// Name, version, file and threads.
    public let info: BackendInfo
    /// Does what has no kernel here.
    public let delegate: any ComputeBackend
    static let name = "openblas"
    let library: OpenBLASLibrary
    let memory: HostMemory
    /// What OpenBLAS has no routines for.
    public let kernels: HostKernels
    let products: Products

    /// A backend over a library that was opened.
    ///
    /// - Parameter blocking: how products are cut; what suits the library if nil.
    package init(
        library: OpenBLASLibrary, workers: WorkerPool, delegate: any ComputeBackend, memory: HostMemory = .shared,
        blocking: Blocking? = nil
    ) {
        self.library = library
        kernels = HostKernels(for: Self.name, memory: memory, workers: workers)
        self.memory = memory
        self.delegate = delegate
        products = Products(library: library, workers: workers, blocking: blocking)
        let ownThreads = library.callsAreIndependent
        var details = ["integers": library.isWide ? "64 bits" : "32 bits"]
        details["threading"] =
            ownThreads
            ? "products are cut into tiles for the program's threads; OpenBLAS's own are idle"
            : "\(library.threading.rawValue), one product at a time"
        details["openmp"] = library.openMPPath.map { "\($0), held at one thread" }
        details["core type"] = library.coreChoice
        info = BackendInfo(
            name: Self.name, version: library.version.description, libraryPath: library.path,
            instructionSet: library.coreName, threads: ownThreads ? workers.threads : library.threads,
            details: details)
    }
}

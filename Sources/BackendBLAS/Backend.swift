public import BertCore
import HostKernels

/// Computes matrix products with OpenBLAS and what lies between them with kernels of its own.
public struct OpenBLASBackend: DelegatingBackend {
    /// Name, version, file and threads.
    public let info: BackendInfo
    /// Does what has no kernel here.
    public let delegate: any ComputeBackend
    static let name = "openblas"
    let library: OpenBLASLibrary
    let memory: HostMemory
    let kernels: HostKernels
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

    /// The operations that are not left to the delegate.
    public var nativeOperations: Set<OperationKind> {
        HostKernels.operations.union([.upload, .download, .matmul, .prepareLinear, .linear, .attention])
    }

    public func capability(of request: OperationRequest) -> Capability {
        if let refusal = request.refusal(inFloat32By: Self.name) { return refusal }
        // Queries, keys and values, of which the last may have another width.
        if request.kind == .attention, request.shapes.count == 3,
            request.shapes[1].lastLength != request.shapes[2].lastLength
        {
            return .delegated(
                to: delegate.info.name, why: "\(Self.name) has no kernel for values of another width than keys")
        }
        return nativeOperations.contains(request.kind)
            ? .native : .delegated(to: delegate.info.name, why: "\(Self.name) has no kernel of its own")
    }

    /// The elements of an operand.
    func view(_ tensor: Tensor) throws -> HostView { try HostView(tensor, for: Self.name) }

    public func upload(_ buffer: HostBuffer, shape: Shape, elementType: ElementType) throws -> Tensor {
        try memory.upload(buffer, shape: shape, elementType: elementType)
    }

    public func download(_ tensor: Tensor, into destination: UnsafeMutableRawBufferPointer) throws {
        try HostMemory.download(tensor, into: destination, for: Self.name)
    }
}

public import BertCore

/// The meaning of every operation, in plain Swift.
///
/// Every element of a result is summed in one fixed order, whatever the shapes around it, so a text gets the same bits
/// in any batch and on any number of threads.
public struct ReferenceBackend: ComputeBackend {
    /// Name and threads.
    public private(set) var info: BackendInfo
    let memory: HostMemory
    let workers: WorkerPool
    public var workerPool: WorkerPool? { workers }

    /// A backend that computes on `workers`.
    public init(workers: WorkerPool, memory: HostMemory = .shared) {
        info = BackendInfo(
            name: "reference", threads: workers.threads, numerics: "reference/1", isBatchInvariant: true)
        self.workers = workers
        self.memory = memory
    }

    /// The same backend in a precision; it has all of them.
    public func computing(in precision: Precision) -> any ComputeBackend {
        var backend = self
        backend.info.precision = precision
        return backend
    }

    /// The float32 elements of an operand.
    func view(_ tensor: Tensor) throws -> HostView { try HostView(tensor, for: info.name) }

    public func upload(_ buffer: HostBuffer, shape: Shape, elementType: ElementType) throws -> Tensor {
        try memory.upload(buffer, shape: shape, elementType: elementType)
    }

    public func download(_ tensor: Tensor, into destination: UnsafeMutableRawBufferPointer) throws {
        try HostMemory.download(tensor, into: destination, for: info.name)
    }
}

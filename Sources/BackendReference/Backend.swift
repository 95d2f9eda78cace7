public import BertCore

/// The reference implementation of all operations, in plain Swift.
///
/// Each element of a result is summed in a fixed order that doesn't depend on shapes. So a text gives the same bits in
/// any batch and with any number of threads.
public struct ReferenceBackend: ComputeBackend {
    /// A description of the backend.
    public private(set) var info: BackendInfo
    let memory: HostMemory
    let workers: WorkerPool
    public var workerPool: WorkerPool? { workers }

    /// Creates a backend that computes on `workers`.
    public init(workers: WorkerPool, memory: HostMemory = .shared) {
        info = BackendInfo(
            name: "reference", threads: workers.threads, numerics: "reference/1", isBatchInvariant: true)
        self.workers = workers
        self.memory = memory
    }

    /// Returns the same backend with another precision. All precisions are supported.
    public func computing(in precision: Precision) -> any ComputeBackend {
        var backend = self
        backend.info.precision = precision
        return backend
    }

    /// Returns the float32 elements of an operand.
    func view(_ tensor: Tensor) throws -> HostView { try HostView(tensor, for: info.name) }

    public func upload(_ buffer: HostBuffer, shape: Shape, elementType: ElementType) throws -> Tensor {
        try memory.upload(buffer, shape: shape, elementType: elementType)
    }

    public func download(_ tensor: Tensor, into destination: UnsafeMutableRawBufferPointer) throws {
        try HostMemory.download(tensor, into: destination, for: info.name)
    }
}

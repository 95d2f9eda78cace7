/// Read access to the elements of a tensor in host memory, for CPU backends.
public struct HostView {
    /// The shape of the tensor.
    public let shape: Shape
    private let storage: HostStorage

    /// Creates a view of a tensor with the given element type.
    ///
    /// - Throws: ``BertError`` with code `foreignTensor` if the tensor isn't in host memory, or `unsupported` if it has
    ///   another element type.
    public init(_ tensor: Tensor, _ elementType: ElementType = .float32, for backend: String) throws {
        guard let storage = tensor.storage as? HostStorage else {
            throw BertError(
                .foreignTensor,
                """
                a tensor in \(tensor.storage.storageKind) was passed to the backend "\(backend)", which uses host \
                memory; download it from its backend and upload it to this one
                """, value: .string(tensor.storage.storageKind))
        }
        guard tensor.elementType == elementType else {
            throw BertError(
                .unsupported, "the backend \"\(backend)\" requires \(elementType) here, not \(tensor.elementType)",
                value: .string("\(tensor.elementType)"), limit: .string("\(elementType)"))
        }
        shape = tensor.shape
        self.storage = storage
    }

    /// The number of elements.
    public var count: Int { shape.elementCount }

    // Pointers are valid while the tensor lives. The caller keeps a backend's operands alive until its method returns.
    // Views of temporary tensors need `withExtendedLifetime`.

    /// The bytes of the elements.
    public var bytes: UnsafeRawPointer { unsafe UnsafeRawPointer(storage.start) }
    /// The elements of a float32 tensor.
    public var floats: UnsafePointer<Float> { unsafe UnsafePointer(storage.start.assumingMemoryBound(to: Float.self)) }
    /// The elements of an int32 tensor.
    public var integers: UnsafePointer<Int32> {
        unsafe UnsafePointer(storage.start.assumingMemoryBound(to: Int32.self))
    }
}

extension HostMemory {
    /// Creates a float32 tensor. `fill` must initialize all elements.
    public func floats(_ shape: Shape, fill: (UnsafeMutablePointer<Float>) throws -> Void) throws -> Tensor {
        try unsafe tensor(shape) { try unsafe fill($0.assumingMemoryBound(to: Float.self)) }
    }

    /// Creates a tensor from a buffer. The bytes are used in place if they are aligned for the element type; otherwise
    /// they are copied.
    ///
    /// - Throws: ``BertError`` with code `invalidShape` if the size of the buffer doesn't match the tensor.
    public func upload(_ buffer: HostBuffer, shape: Shape, elementType: ElementType) throws -> Tensor {
        guard buffer.count == shape.elementCount * elementType.size else {
            throw BertError(
                .invalidShape, "\(buffer.count) bytes don't match a \(elementType) tensor of shape \(shape)")
        }
        return try unsafe buffer.withUnsafeBytes { bytes in
            if let start = bytes.baseAddress, Int(bitPattern: start) % elementType.size == 0, buffer.count > 0 {
                return unsafe Tensor(
                    shape: shape, elementType: elementType, storage: HostStorage(borrowing: buffer, at: start))
            }
            return try unsafe tensor(shape, elementType) { destination in
                if let start = bytes.baseAddress { unsafe destination.copyMemory(from: start, byteCount: bytes.count) }
            }
        }
    }

    /// Copies the elements of a tensor to `destination`.
    ///
    /// - Throws: ``BertError`` with code `foreignTensor` if the tensor isn't in host memory, or `invalidArgument` if
    ///   the destination has a different size.
    public static func download(
        _ tensor: Tensor, into destination: UnsafeMutableRawBufferPointer, for backend: String
    ) throws {
        let view = try HostView(tensor, tensor.elementType, for: backend)
        let byteCount = view.count * tensor.elementType.size
        guard destination.count == byteCount else {
            throw BertError(
                .invalidArgument, "a tensor of \(byteCount) bytes can't be downloaded into \(destination.count)")
        }
        if let start = destination.baseAddress, byteCount > 0 {
            unsafe start.copyMemory(from: view.bytes, byteCount: byteCount)
        }
    }
}

/// An n-dimensional array in the memory of a backend.
///
/// Tensors are values: operations return new tensors and never modify existing ones. Elements are dense and row-major.
/// They are accessed only through ``ComputeBackend/upload(_:shape:elementType:)`` and
/// ``ComputeBackend/download(_:into:)``, so they may reside on a device.
public struct Tensor: Sendable {
    /// The lengths of the axes.
    public let shape: Shape
    /// The type of the elements.
    public let elementType: ElementType
    /// The storage of the elements, whose type is private to the backend that created it.
    public private(set) var storage: any TensorStorage

    /// Creates a tensor that uses a backend's storage.
    public init(shape: Shape, elementType: ElementType, storage: any TensorStorage) {
        self.shape = shape
        self.elementType = elementType
        self.storage = storage
    }

    /// Returns the same elements with a different shape, without copying.
    ///
    /// - Throws: ``BertError`` with code `invalidShape` if the number of elements differs.
    public func reshaped(to newShape: Shape) throws -> Tensor {
        guard newShape.elementCount == shape.elementCount else {
            throw BertError(
                .invalidShape,
                "a tensor of shape \(shape) has \(shape.elementCount) elements and can't be reshaped to \(newShape)")
        }
        return Tensor(shape: newShape, elementType: elementType, storage: storage)
    }
}

extension Tensor {
    /// Returns whether the tensor's storage is uniquely referenced, so that it may be modified in place.
    package mutating func isAlone() -> Bool {
        // Passing the existential itself would open it, which copies the reference. It starts with the reference.
        unsafe withUnsafeMutablePointer(to: &storage) {
            unsafe isKnownUniquelyReferenced(
                &UnsafeMutableRawPointer($0).assumingMemoryBound(to: AnyObject.self).pointee)
        }
    }
}

/// Backend-specific storage of a tensor's elements, released with the last tensor that uses it.
public protocol TensorStorage: AnyObject, Sendable {
    /// The kind of storage for messages, for example `host memory`.
    var storageKind: String { get }
}

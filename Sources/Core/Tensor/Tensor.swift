/// An n-dimensional array held by a backend: a shape, an element type and where the elements are.
///
/// A value: no operation changes a tensor that exists, each gives a new one. Elements are dense and in row-major order.
/// They are read and written only through ``ComputeBackend/upload(_:shape:elementType:)`` and
/// ``ComputeBackend/download(_:into:)``, so that they may just as well live on a device.
public struct Tensor: Sendable {
    /// The lengths of the axes.
    public let shape: Shape
    /// The type of the elements.
    public let elementType: ElementType
    /// Where the elements are. Only the backend that made it knows its type.
    public let storage: any TensorStorage

    /// A tensor over storage that a backend made.
    public init(shape: Shape, elementType: ElementType, storage: any TensorStorage) {
        self.shape = shape
        self.elementType = elementType
        self.storage = storage
    }

    /// The same elements under another shape; nothing is moved.
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

/// Where a backend keeps a tensor's elements. Freed, or recycled, when the last tensor over it goes away.
public protocol TensorStorage: AnyObject, Sendable {
    /// For messages: which kind of storage this is, for example `host memory`.
    var storageKind: String { get }
}

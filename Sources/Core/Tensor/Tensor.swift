/// An n-dimensional array held by a backend: a shape, an element type and storage.
///
/// Tensors are values: operations return new tensors and never change existing ones. Elements are dense, in row-major order.
/// They are read and written only through ``ComputeBackend/upload(_:shape:elementType:)`` and
/// ``ComputeBackend/download(_:into:)``, so they may live on a device.
public struct Tensor: Sendable {
    /// The lengths of the axes.
    public let shape: Shape
    /// The type of the elements.
    public let elementType: ElementType
    /// The storage of the elements. Only the backend that made it knows its type.
    public private(set) var storage: any TensorStorage

    /// A tensor over a backend's storage.
    public init(shape: Shape, elementType: ElementType, storage: any TensorStorage) {
        self.shape = shape
        self.elementType = elementType
        self.storage = storage
    }

    /// The same elements in a different shape, without copying.
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
    /// Whether this is the only one over its storage, which may be written to then.
    package mutating func isAlone() -> Bool { isKnownUniquelyReferenced(&storage) }
}

/// A backend's storage for a tensor's elements, freed or recycled with the last tensor over it.
public protocol TensorStorage: AnyObject, Sendable {
    /// The kind of storage, for messages: `host memory`, for example.
    var storageKind: String { get }
}

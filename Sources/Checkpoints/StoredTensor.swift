public import BertCore

/// A tensor in its stored form.
public struct StoredTensor: Sendable {
    /// The name in the file.
    public let name: String
    /// The element type in the file.
    public let type: SafetensorsType
    /// The dimensions; empty for a scalar.
    public let shape: [Int]
    /// The little-endian elements in row-major order, usually in the memory-mapped file.
    public let data: HostBuffer
    /// The file, for messages.
    public let source: String

    /// Creates a tensor.
    ///
    /// - Precondition: The size of `data` matches the type and shape.
    package init(name: String, type: SafetensorsType, shape: [Int], data: HostBuffer, source: String) {
        self.name = name
        self.type = type
        self.shape = shape
        self.data = data
        self.source = source
    }

    /// The number of elements.
    public var count: Int { data.count / type.size }
}

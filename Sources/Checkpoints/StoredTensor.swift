public import BertCore

/// A tensor as it lies in a file.
public struct StoredTensor: Sendable {
    /// Its name in the file.
    public let name: String
    /// The type of its elements in the file.
    public let type: SafetensorsType
    /// Its dimensions; none for a single number.
    public let shape: [Int]
    /// Its bytes, little-endian, row by row, where they lie in the file.
    public let data: HostBuffer
    /// The file, for messages.
    public let source: String

    /// - Precondition: `data` has the bytes that type and shape ask for.
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

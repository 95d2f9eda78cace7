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

    /// The number of elements.
    public var count: Int { data.count / type.size }
}

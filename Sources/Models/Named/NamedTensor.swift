/// An array with the name that Python has for it: what goes into a model and comes out of it as raw data.
public struct NamedTensor: Sendable {
    /// The elements, row by row.
    public enum Values: Sendable {
        case floats([Float])
        case integers([Int64])
    }

    /// The name of an argument of `forward`, or of a field of its output; parts of a tuple are `hidden_states.0`, ….
    public let name: String
    /// The dimensions; none for a single number.
    public let shape: [Int]
    /// The elements.
    public let values: Values

    /// An array of numbers.
    public init(_ name: String, floats values: [Float], shape: [Int]) {
        self.name = name
        self.shape = shape
        self.values = .floats(values)
    }

    /// An array of integers.
    public init(_ name: String, integers values: [Int64], shape: [Int]) {
        self.name = name
        self.shape = shape
        self.values = .integers(values)
    }

    /// The number of elements.
    var count: Int {
        switch values {
        case .floats(let values): values.count
        case .integers(let values): values.count
        }
    }
}

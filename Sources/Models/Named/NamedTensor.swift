/// An array with its name in Python, for model inputs and outputs as raw data.
public struct NamedTensor: Sendable {
    /// The elements in row-major order.
    public enum Values: Sendable {
        case floats([Float])
        case integers([Int64])
    }

    /// The name of an argument of `forward` or a field of its output. Elements of tuples are named `hidden_states.0`,
    /// ….
    public let name: String
    /// The dimensions; empty for a scalar.
    public let shape: [Int]
    /// The elements.
    public let values: Values

    /// Creates an array of floats.
    public init(_ name: String, floats values: [Float], shape: [Int]) {
        self.name = name
        self.shape = shape
        self.values = .floats(values)
    }

    /// Creates an array of integers.
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

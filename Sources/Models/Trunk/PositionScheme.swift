public import BertCore

/// The use of token positions in attention, in addition to position embeddings.
public enum PositionScheme: Sendable {
    /// Positions aren't used.
    case none
    /// Queries and keys are rotated.
    case rotary(RotaryDesign)
    /// A bias per head and distance is added to the scores.
    case distanceBias(DistanceBiasDesign)
    /// Disentangled attention with tables of distances.
    case relative(RelativeDesign)
}

/// Rotary position embeddings (Su et al. 2021) in the half-split form.
public struct RotaryDesign: Sendable, Hashable {
    /// The angle per position of each feature pair, `[headSize / 2]`.
    public var frequencies: [Double]
    /// The number of positions.
    public var positions: Int
    /// The factor applied to cosines and sines.
    public var scale: Double
    /// The scaling of long sequences; nil for none.
    public var dynamic: DynamicScaling?

    /// Creates rotary embeddings with the given frequencies.
    public init(frequencies: [Double], positions: Int, scale: Double = 1) {
        self.frequencies = frequencies
        self.positions = positions
        self.scale = scale
    }

    /// Creates rotary embeddings with the frequencies theta^(−2j / headSize) for pair j.
    public init(theta: Double, headSize: Int, positions: Int) {
        self.init(
            frequencies: (0..<headSize / 2).map { power(theta, -2 * Double($0) / Double(headSize)) },
            positions: positions)
    }

    /// Returns the tables of cosines and sines, which layers with the same design share.
    func load(_ loader: WeightLoader) throws -> RotaryTables {
        try loader.once("rotary.\(self)") { try RotaryTables(self, on: loader.backend) }
    }
}

/// An attention bias by distance and head (MPNet, ALiBi).
public struct DistanceBiasDesign: Sendable {
    /// The key under which layers share the table.
    public var key: String
    /// Returns the parameters of the bias for a trunk prefix.
    public var parameterSpecs: @Sendable (String) -> [ParameterSpec]
    /// Creates the table `[heads, 2R + 1]` for a trunk prefix, with column clamp(place(key) − place(query), ±R) + R.
    public var make: @Sendable (WeightLoader, String) throws -> Tensor

    /// Creates a description of a bias.
    public init(
        key: String, parameterSpecs: @escaping @Sendable (String) -> [ParameterSpec] = { _ in [] },
        make: @escaping @Sendable (WeightLoader, String) throws -> Tensor
    ) {
        self.key = key
        self.parameterSpecs = parameterSpecs
        self.make = make
    }
}

/// The tables of disentangled attention, derived from parameters of a layer and of the trunk (He et al. 2021).
public struct RelativeDesign: Sendable {
    /// Returns the additional parameters for the prefix of the trunk and the path of the layer, which ends in a dot.
    public var parameterSpecs: @Sendable (_ prefix: String, _ path: String) -> [ParameterSpec]
    /// Computes the tables, with dropout in training.
    public typealias Tables = @Sendable (Dropout?, any ComputeBackend) throws -> RelativeAttention
    /// Loads the weights for the same arguments and returns the function that computes the tables.
    public var make: @Sendable (WeightLoader, _ prefix: String, _ path: String) throws -> Tables

    /// Creates a description of the tables.
    public init(
        parameterSpecs: @escaping @Sendable (_ prefix: String, _ path: String) -> [ParameterSpec],
        make: @escaping @Sendable (WeightLoader, _ prefix: String, _ path: String) throws -> Tables
    ) {
        self.parameterSpecs = parameterSpecs
        self.make = make
    }
}

public import BertCore

/// How attention knows the positions of tokens, beside what the embeddings say.
public enum PositionScheme: Sendable {
    /// Not at all.
    case none
    /// Queries and keys are rotated.
    case rotary(RotaryDesign)
    /// A number for each head and distance is added to the scores.
    case distanceBias(DistanceBiasDesign)
    /// Disentangled attention: queries and keys meet tables of distances.
    case relative(RelativeDesign)
}

/// Rotary position embedding (Su et al. 2021), in the half-split form.
public struct RotaryDesign: Sendable, Hashable {
    /// The angle per position of each pair of features, `[headSize / 2]`.
    public var frequencies: [Double]
    /// How many positions there are.
    public var positions: Int
    /// A factor on cosines and sines.
    public var scale: Double

    /// Any frequencies.
    public init(frequencies: [Double], positions: Int, scale: Double = 1) {
        self.frequencies = frequencies
        self.positions = positions
        self.scale = scale
    }

    /// theta^(−2j / headSize) for pair j.
    public init(theta: Double, headSize: Int, positions: Int) {
        self.init(
            frequencies: (0..<headSize / 2).map { power(theta, -2 * Double($0) / Double(headSize)) },
            positions: positions)
    }

    /// The tables of cosines and sines, which layers of one design share.
    func load(_ loader: WeightLoader) throws -> Rotation {
        func table(_ name: String, _ function: (Double) -> Double) throws -> Tensor {
            try loader.once("rotary.\(name).\(positions).\(scale).\(frequencies)") {
                var values: [Float] = []
                values.reserveCapacity(positions * frequencies.count)
                for position in 0..<positions {
                    for frequency in frequencies {
                        values.append(Float(scale * function(Double(position) * frequency)))
                    }
                }
                return try loader.backend.constant(values, shape: [positions, frequencies.count])
            }
        }
        return Rotation(cosines: try table("cos", cosine), sines: try table("sin", sine))
    }
}

/// A bias by distance and head (MPNet, ALiBi).
public struct DistanceBiasDesign: Sendable {
    /// What layers that share the table call it.
    public var key: String
    /// The parameters it is made of, under the trunk's prefix.
    public var parameterSpecs: @Sendable (String) -> [ParameterSpec]
    /// The table `[heads, 2R + 1]`, given the trunk's prefix: column clamp(place(key) − place(query), ±R) + R.
    public var make: @Sendable (WeightLoader, String) throws -> Tensor

    /// Describes a bias.
    public init(
        key: String, parameterSpecs: @escaping @Sendable (String) -> [ParameterSpec] = { _ in [] },
        make: @escaping @Sendable (WeightLoader, String) throws -> Tensor
    ) {
        self.key = key
        self.parameterSpecs = parameterSpecs
        self.make = make
    }
}

/// Tables of disentangled attention, made of a layer's parameters and the trunk's (He et al. 2021).
public struct RelativeDesign: Sendable {
    /// The parameters beside the layer's own: given the trunk's prefix and the layer's path, which ends in a dot.
    public var parameterSpecs: @Sendable (_ prefix: String, _ path: String) -> [ParameterSpec]
    /// The tables, given the same.
    public var make: @Sendable (WeightLoader, _ prefix: String, _ path: String) throws -> RelativeAttention

    /// Describes the tables.
    public init(
        parameterSpecs: @escaping @Sendable (_ prefix: String, _ path: String) -> [ParameterSpec],
        make: @escaping @Sendable (WeightLoader, _ prefix: String, _ path: String) throws -> RelativeAttention
    ) {
        self.parameterSpecs = parameterSpecs
        self.make = make
    }
}

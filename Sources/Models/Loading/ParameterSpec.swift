public import BertCore

/// A description of a model parameter: its name in a checkpoint, its shape and its initialization.
public struct ParameterSpec: Sendable, Hashable {
    /// The initialization of parameters that aren't in a checkpoint (`_init_weights` in `transformers`).
    public enum Initialisation: Sendable, Hashable {
        /// A normal distribution with the standard deviation `initializer_range`.
        case normal
        /// A normal distribution, with one row of zeros: the embedding of the padding token, which isn't trained either
        /// (`padding_idx`).
        case normalExceptRow(Int)
        case zeros
        case ones
    }

    /// The full name in a checkpoint of the model class, for example `bert.pooler.dense.weight`.
    public let name: String
    /// The shape.
    public let shape: Shape
    /// The initialization.
    public let initialisation: Initialisation
    /// The parameter that this one is tied to, regardless of what the checkpoint contains under its own name.
    public let tiedTo: String?
    /// Whether the model works without the parameter if the checkpoint doesn't contain it.
    public let isOptional: Bool

    /// Creates a description of a parameter.
    public init(
        _ name: String, _ shape: Shape, _ initialisation: Initialisation = .normal, tiedTo: String? = nil,
        isOptional: Bool = false
    ) {
        self.name = name
        self.shape = shape
        self.initialisation = initialisation
        self.tiedTo = tiedTo
        self.isOptional = isOptional
    }

    /// Returns a copy that is optional.
    public func optional() -> ParameterSpec {
        ParameterSpec(name, shape, initialisation, tiedTo: tiedTo, isOptional: true)
    }

    /// The row that isn't trained, if any.
    public var paddingRow: Int? {
        guard case .normalExceptRow(let row) = initialisation, shape.count == 2, (0..<shape[0]).contains(row) else {
            return nil
        }
        return row
    }

    /// Returns the parameters of a linear layer: `NAME.weight` `[out, in]` and optionally `NAME.bias` `[out]`.
    public static func linear(
        _ name: String, in inputSize: Int, out outputSize: Int, bias: Bool = true
    ) -> [ParameterSpec] {
        let weight = ParameterSpec(name + ".weight", [outputSize, inputSize])
        return bias ? [weight, ParameterSpec(name + ".bias", [outputSize], .zeros)] : [weight]
    }

    /// Returns the parameters of a layer normalization: `NAME.weight` and optionally `NAME.bias`, `[size]`.
    public static func layerNorm(_ name: String, _ size: Int, bias: Bool = true) -> [ParameterSpec] {
        let weight = ParameterSpec(name + ".weight", [size], .ones)
        return bias ? [weight, ParameterSpec(name + ".bias", [size], .zeros)] : [weight]
    }
}

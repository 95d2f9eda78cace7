public import BertCore

/// One parameter that a model class has: its name in a checkpoint, its shape, and how it starts when it is new.
public struct ParameterSpec: Sendable, Hashable {
    /// How a parameter that no checkpoint holds is initialised (`_init_weights` in `transformers`).
    public enum Initialisation: Sendable, Hashable {
        /// Normally distributed with the standard deviation `initializer_range`.
        case normal
        /// The same, with one row of zeros: the padding token's embedding, which lookups don't train either (`padding_idx`).
        case normalExceptRow(Int)
        case zeros
        case ones
    }

    /// The full name in a checkpoint of the model class, for example `bert.pooler.dense.weight`.
    public let name: String
    /// Its shape.
    public let shape: Shape
    /// How it starts.
    public let initialisation: Initialisation
    /// The parameter that it is the same as, whatever the checkpoint holds under its own name.
    public let tiedTo: String?
    /// Whether the model does without it if the checkpoint lacks it.
    public let isOptional: Bool

    /// Describes a parameter.
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

    /// The same, but the model does without it if the checkpoint lacks it.
    public func optional() -> ParameterSpec {
        ParameterSpec(name, shape, initialisation, tiedTo: tiedTo, isOptional: true)
    }

    /// The row that lookups don't train, if there is one.
    public var paddingRow: Int? {
        guard case .normalExceptRow(let row) = initialisation, shape.count == 2, (0..<shape[0]).contains(row) else {
            return nil
        }
        return row
    }

    /// `NAME.weight` `[out, in]` and, if it has one, `NAME.bias` `[out]`.
    public static func linear(
        _ name: String, in inputSize: Int, out outputSize: Int, bias: Bool = true
    ) -> [ParameterSpec] {
        let weight = ParameterSpec(name + ".weight", [outputSize, inputSize])
        return bias ? [weight, ParameterSpec(name + ".bias", [outputSize], .zeros)] : [weight]
    }

    /// `NAME.weight` and, if it has one, `NAME.bias` of a layer normalisation, `[size]`.
    public static func layerNorm(_ name: String, _ size: Int, bias: Bool = true) -> [ParameterSpec] {
        let weight = ParameterSpec(name + ".weight", [size], .ones)
        return bias ? [weight, ParameterSpec(name + ".bias", [size], .zeros)] : [weight]
    }
}

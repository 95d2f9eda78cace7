/// The activation that a linear layer applies to its product.
public enum LinearActivation: Sendable, Hashable, CustomStringConvertible {
    /// A function applied to each output: `[…, out]`.
    case elementwise(Activation)
    /// activation(first half) · second half of the outputs: `[…, out]` → `[…, out / 2]` (Shazeer, "GLU variants improve
    /// transformer", 2020).
    ///
    /// Weights of checkpoints that store the gate second are reordered when they are loaded.
    case gated(Activation)

    /// The activation function.
    public var function: Activation {
        switch self {
        case .elementwise(let function), .gated(let function): function
        }
    }

    /// Whether the layer halves its outputs.
    public var isGated: Bool {
        if case .gated = self { true } else { false }
    }

    /// For example `gelu`, or `gated silu`.
    public var description: String { isGated ? "gated \(function.rawValue)" : function.rawValue }
}

extension LinearActivation {
    /// ``Activation/gelu`` applied to each output.
    public static let gelu = elementwise(.gelu)
    /// ``Activation/geluTanh`` applied to each output.
    public static let geluTanh = elementwise(.geluTanh)
    /// ``Activation/relu`` applied to each output.
    public static let relu = elementwise(.relu)
    /// ``Activation/silu`` applied to each output.
    public static let silu = elementwise(.silu)
    /// ``Activation/quickGelu`` applied to each output.
    public static let quickGelu = elementwise(.quickGelu)
    /// ``Activation/tanh`` applied to each output.
    public static let tanh = elementwise(.tanh)
    /// ``Activation/sigmoid`` applied to each output.
    public static let sigmoid = elementwise(.sigmoid)
}

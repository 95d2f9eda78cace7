/// What a linear layer makes of its product.
public enum LinearActivation: Sendable, Hashable, CustomStringConvertible {
    /// A function of each output: `[…, out]`.
    case elementwise(Activation)
    /// activation(first half) · second half of the outputs: `[…, out]` → `[…, out / 2]` (Shazeer, "GLU variants improve
    /// transformer", 2020). Checkpoints that have the gate second are reordered when they are loaded.
    case gated(Activation)

    /// The function.
    public var function: Activation {
        switch self {
        case .elementwise(let function), .gated(let function): function
        }
    }

    /// Whether the outputs are halved.
    public var isGated: Bool {
        if case .gated = self { true } else { false }
    }

    /// For example `gelu`, or `gated silu`.
    public var description: String { isGated ? "gated \(function.rawValue)" : function.rawValue }
}

extension LinearActivation {
    /// ``Activation/gelu`` of each output.
    public static let gelu = elementwise(.gelu)
    /// ``Activation/geluTanh`` of each output.
    public static let geluTanh = elementwise(.geluTanh)
    /// ``Activation/relu`` of each output.
    public static let relu = elementwise(.relu)
    /// ``Activation/silu`` of each output.
    public static let silu = elementwise(.silu)
    /// ``Activation/quickGelu`` of each output.
    public static let quickGelu = elementwise(.quickGelu)
    /// ``Activation/tanh`` of each output.
    public static let tanh = elementwise(.tanh)
    /// ``Activation/sigmoid`` of each output.
    public static let sigmoid = elementwise(.sigmoid)
}

/// Elementwise operations on two tensors. A NaN in gives a NaN out, also for `maximum` and `minimum`; compared with
/// anything it gives 0.
public enum BinaryOperation: String, Sendable, CaseIterable {
    case add, subtract, multiply, divide, maximum, minimum
    /// 1 where the left operand is greater, else 0.
    case greater
    /// 1 where the operands are equal, else 0.
    case equal
}

/// Elementwise operations on one tensor.
public enum UnaryOperation: String, Sendable, CaseIterable {
    case negate, exp, log, sqrt, reciprocal, tanh, erf, abs
    /// 1 / (1 + e⁻ˣ).
    case sigmoid
}

/// What a reduction makes of the elements along an axis.
public enum Reduction: String, Sendable, CaseIterable {
    /// The sum; 0 over nothing.
    case sum
    /// The greatest element, NaN if there is one; −∞ over nothing.
    case maximum
}

/// The activation functions of the BERT family, under the names of `transformers`' `ACT2FN`.
public enum Activation: String, Sendable, CaseIterable {
    /// x · ½(1 + erf(x/√2)); `gelu`.
    case gelu
    /// ½x(1 + tanh(√(2/π)(x + 0.044715x³))); `gelu_new`, `gelu_pytorch_tanh`.
    case geluTanh
    /// max(x, 0); `relu`.
    case relu
    /// x · sigmoid(x); `silu`, `swish`.
    case silu
    /// x · sigmoid(1.702x); `quick_gelu`.
    case quickGelu
    /// `tanh`.
    case tanh
    /// `sigmoid`.
    case sigmoid
}

/// How the tokens of a sequence become one vector.
public enum Pooling: String, Sendable, CaseIterable {
    /// The first token's.
    case cls
    /// The mean over the tokens.
    case mean
    /// The greatest value over the tokens, each component for itself.
    case max
    /// The sum over the tokens divided by the square root of their number.
    case meanSquareRootLength
    /// The last token's.
    case lastToken
}

/// An operation with the shapes and type of a call: what ``ComputeBackend/capability(of:)`` is asked about.
public struct OperationRequest: Sendable, Hashable {
    /// Which operation.
    public var kind: OperationKind
    /// The operands' shapes, in the order of the call; empty asks about the operation in general.
    public var shapes: [Shape]
    /// The operands' element type.
    public var elementType: ElementType

    /// A request; by default about the operation in general, in float32.
    public init(_ kind: OperationKind, shapes: [Shape] = [], elementType: ElementType = .float32) {
        self.kind = kind
        self.shapes = shapes
        self.elementType = elementType
    }
}

extension OperationRequest {
    /// What a backend that computes in float32 says of a call in another type; nil if it takes the call.
    public func refusal(inFloat32By backend: String) -> Capability? {
        kind.takesAnyType || elementType == .float32
            ? nil : .unsupported(why: "\(backend) computes in float32, not in \(elementType)")
    }
}

/// Whether, and by whom, an operation would be done.
public enum Capability: Sendable, Hashable, CustomStringConvertible {
    /// By the backend itself.
    case native
    /// By another backend, on the caller's behalf.
    case delegated(to: String, why: String)
    /// Not at all.
    case unsupported(why: String)

    /// For example `delegated to reference (OpenBLAS has no such routine)`.
    public var description: String {
        switch self {
        case .native: "native"
        case .delegated(let name, let why): "delegated to \(name) (\(why))"
        case .unsupported(let why): "unsupported (\(why))"
        }
    }
}

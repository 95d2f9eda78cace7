/// Elementwise operations on two tensors.
///
/// Arithmetic operations propagate NaN, including `maximum` and `minimum`. Comparisons with NaN give 0.
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

/// Reductions along an axis.
public enum Reduction: String, Sendable, CaseIterable {
    /// The sum; 0 for an axis of length 0.
    case sum
    /// The greatest element, or NaN if there is one; −∞ for an axis of length 0.
    case maximum
}

/// The activation functions of BERT-family models, with their names in `ACT2FN` of `transformers`.
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

/// Methods of pooling the tokens of a sequence into one vector.
public enum Pooling: String, Sendable, CaseIterable {
    /// The vector of the first token.
    case cls
    /// The mean over all tokens.
    case mean
    /// The elementwise maximum over all tokens.
    case max
    /// The sum over all tokens divided by the square root of their number.
    case meanSquareRootLength
    /// The vector of the last token.
    case lastToken
}

/// An operation together with the shapes and the element type of a call, for ``ComputeBackend/capability(of:)``.
public struct OperationRequest: Sendable, Hashable {
    /// The operation.
    public var kind: OperationKind
    /// The shapes of the operands in call order. An empty array refers to the operation in general.
    public var shapes: [Shape]
    /// The element type of the operands.
    public var elementType: ElementType

    /// Creates a request; by default for the operation in general, in float32.
    public init(_ kind: OperationKind, shapes: [Shape] = [], elementType: ElementType = .float32) {
        self.kind = kind
        self.shapes = shapes
        self.elementType = elementType
    }
}

extension OperationRequest {
    /// Returns `unsupported` if a backend that computes in float32 can't perform the call in its element type;
    /// otherwise nil.
    public func refusal(inFloat32By backend: String) -> Capability? {
        kind.takesAnyType || elementType == .float32
            ? nil : .unsupported(why: "\(backend) supports float32, not \(elementType)")
    }
}

/// How a backend handles an operation.
public enum Capability: Sendable, Hashable, CustomStringConvertible {
    /// The backend computes it itself.
    case native
    /// Another backend computes it on behalf of this one.
    case delegated(to: String, why: String)
    /// The backend can't compute it.
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

public import BertCore

/// A test case of a backend.
public struct ConformanceCase: Sendable, Identifiable, CustomStringConvertible {
    /// The kind of a case.
    public enum Kind: String, Sendable, CaseIterable {
        /// Small results, worked out by hand.
        case hand
        /// Integers, with which nothing is rounded: the result is exact.
        case exact
        /// Random numbers, compared with double precision.
        case random
        /// Sizes that loops get wrong: 0, 1, primes, 31, 32, 33, long and thin, those of BERT.
        case edge
        /// Infinities, NaN, −0, subnormal and huge numbers, rows without anything to attend to.
        case special
        /// A backward pass: compared with differences of the layers in double precision.
        case gradients
        /// The same work in another batch, order or packing.
        case invariance
        /// The same call twice, which has to give the same bits.
        case repeated
        /// Many calls at once.
        case concurrent
        /// Operands and weights of another backend.
        case foreign
        /// Operands that don't fit, which have to give an error with the shapes.
        case refusal
        /// Calls and weights must not leave memory behind.
        case memory
        /// Claimed element types are computed, others refused, and linear layers have the requested precision.
        case precision
        /// A whole encoder, layer by layer.
        case encoder
    }

    /// For example `matmul/exact/7x33x31-tb`: operation, kind and details.
    public let id: String
    /// The operation under test; nil if there are several.
    public let operation: OperationKind?
    /// The kind of the case.
    public let kind: Kind
    /// The calls that the case makes, for asking the backend's capability.
    public let requests: [OperationRequest]
    /// Whether a backend may decline the case as unsupported.
    public let isRequired: Bool
    /// The seed of its random numbers.
    public let seed: UInt64
    /// Tighter tolerances of some operations.
    let tightened: [OperationKind: Tolerance]
    /// Why the case is expected to fail; nil if it isn't.
    let expectedFailure: String?
    let body: @Sendable (Trial) throws -> Void

    /// The id.
    public var description: String { id }
}

/// A case that has not been given a seed yet.
struct CaseTemplate: Sendable {
    let id: String
    let operation: OperationKind?
    let kind: ConformanceCase.Kind
    let requests: [OperationRequest]
    let isRequired: Bool
    let body: @Sendable (Trial) throws -> Void

    /// A case of one operation, called with operands of these shapes.
    init(
        _ operation: OperationKind, _ kind: ConformanceCase.Kind, _ name: String, _ shapes: [Shape] = [],
        type: ElementType = .float32, isRequired: Bool = true, _ body: @escaping @Sendable (Trial) throws -> Void
    ) {
        id = "\(operation.rawValue)/\(kind.rawValue)/\(name)"
        self.operation = operation
        self.kind = kind
        requests = [OperationRequest(operation, shapes: shapes, elementType: type)]
        self.isRequired = isRequired
        self.body = body
    }

    /// A case of several operations.
    init(
        _ kind: ConformanceCase.Kind, _ name: String, of operations: [OperationKind],
        _ body: @escaping @Sendable (Trial) throws -> Void
    ) {
        id = "\(kind.rawValue)/\(name)"
        operation = nil
        self.kind = kind
        requests = operations.map { OperationRequest($0) }
        isRequired = true
        self.body = body
    }
}

public import BertCore

/// One thing that a backend has to get right.
public struct ConformanceCase: Sendable, Identifiable, CustomStringConvertible {
    /// What sort of question a case asks.
    public enum Kind: String, Sendable, CaseIterable {
        /// Small results that were worked out by hand.
        case hand
        /// Whole numbers, with which nothing is rounded: the result is exact.
        case exact
        /// Random numbers, against double precision.
        case random
        /// Sizes that loops get wrong: 0, 1, primes, 31, 32, 33, long and thin, those of BERT.
        case edge
        /// Infinities, NaN, −0, subnormal and huge numbers, rows with nothing to attend to.
        case special
        /// What a backward pass is made of.
        case gradient
        /// The same work in another batch, order or packing.
        case invariance
        /// The same call twice: the same bits.
        case repeated
        /// Many calls at once.
        case concurrent
        /// Operands and weights of another backend.
        case foreign
        /// Operands that do not fit: an error, which names the shapes.
        case refusal
        /// Nothing is kept that nobody needs any more.
        case memory
        /// What is claimed of element types is so, and linear layers are computed in the precision that is asked for.
        case precision
        /// A whole encoder, layer by layer.
        case encoder
    }

    /// For example `matmul/exact/7x33x31-tb`: operation, kind and what is special about it.
    public let id: String
    /// The operation that is tried; nil where there are several.
    public let operation: OperationKind?
    /// The kind of question.
    public let kind: Kind
    /// Calls that the case makes: what the backend is asked whether it does them itself.
    public let requests: [OperationRequest]
    /// Whether a backend may say that it doesn't support this.
    public let isRequired: Bool
    /// Where its random numbers begin.
    public let seed: UInt64
    /// Operations held to less than the table allows.
    let tightened: [OperationKind: Tolerance]
    /// Why it is expected to fail, if it is.
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

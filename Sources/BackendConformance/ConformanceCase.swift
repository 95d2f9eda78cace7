public import BertCore

/// A test case of a backend.
public struct ConformanceCase: Sendable, Identifiable, CustomStringConvertible {
    /// The kinds of cases.
    public enum Kind: String, Sendable, CaseIterable {
        /// Small results, computed by hand.
        case hand
        /// Integers without rounding, which give exact results.
        case exact
        /// Random numbers, compared with results in double precision.
        case random
        /// Sizes that commonly reveal errors in loops: 0, 1, primes, 31, 32, 33, extreme aspect ratios, and those of
        /// BERT.
        case edge
        /// Infinities, NaN, −0, subnormal and huge numbers, and fully masked rows.
        case special
        /// Gradients, compared with finite differences in double precision.
        case gradients
        /// The same work in a different batch, order or packing.
        case invariance
        /// Repeated calls, which must give the same bits.
        case repeated
        /// Concurrent calls.
        case concurrent
        /// Operands and weights of another backend.
        case foreign
        /// Invalid operands, which must cause an error with the shapes.
        case refusal
        /// Calls and weights that must not leak memory.
        case memory
        /// Element types, which must be computed if supported and rejected otherwise, and the precision of linear
        /// layers.
        case precision
        /// A whole encoder, layer by layer.
        case encoder
    }

    /// The id, for example `matmul/exact/7x33x31-tb`: operation, kind and details.
    public let id: String
    /// The operation under test; nil if there are several.
    public let operation: OperationKind?
    /// The kind of the case.
    public let kind: Kind
    /// The requests for querying the backend's capability.
    public let requests: [OperationRequest]
    /// Whether a backend may decline the case as unsupported.
    public let isRequired: Bool
    /// The seed of the random numbers.
    public let seed: UInt64
    /// Stricter tolerances of some operations.
    let tightened: [OperationKind: Tolerance]
    /// The reason why the case is expected to fail; nil if it should pass.
    let expectedFailure: String?
    let body: @Sendable (Trial) throws -> Void

    /// The id.
    public var description: String { id }
}

/// A case without a seed.
struct CaseTemplate: Sendable {
    let id: String
    let operation: OperationKind?
    let kind: ConformanceCase.Kind
    let requests: [OperationRequest]
    let isRequired: Bool
    let body: @Sendable (Trial) throws -> Void

    /// Creates a case for one operation, called with operands of the given shapes.
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

    /// Creates a case for several operations.
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

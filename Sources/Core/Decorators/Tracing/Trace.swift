import BertLocks

/// A record of the operations that wrapped backends perform, and their durations. Thread-safe.
///
/// ```swift
/// let trace = Trace()
/// let model = try BertModel.fromPretrained(files, on: trace.wrap(backend))
/// …
/// try trace.requireNative(.linear, .attention)
/// print(trace.table)
/// ```
public final class Trace: Sendable {
    /// One ledger per wrapped backend.
    private let ledgers = ForkSafeMutex<[TraceLedger]>([])
    let observer: (@Sendable (Call) -> Void)?
    /// The start of the trace, which ``Call/start`` is relative to.
    let beginning = ContinuousClock.now

    /// Creates an empty trace.
    ///
    /// - Parameter observer: A closure that receives each call when it ends, on the calling thread.
    public init(_ observer: (@Sendable (Call) -> Void)? = nil) { self.observer = observer }

    /// Returns a backend that records all calls in this trace. Several backends may share a trace.
    public func wrap(_ backend: any ComputeBackend) -> any ComputeBackend { TracingBackend(backend, trace: self) }

    /// Adds a ledger for a backend.
    func ledger(for backend: any ComputeBackend) -> TraceLedger {
        ledgers.withLock { ledgers in
            ledgers.append(TraceLedger(backend))
            return ledgers[ledgers.count - 1]
        }
    }

    /// The operations grouped by backend and capability, by decreasing total time.
    public var rows: [Row] {
        var rows: [Row] = []
        for row in ledgers.withLock({ $0 }).flatMap(\.rows) {
            // A backend may have been wrapped more than once.
            if let index = rows.firstIndex(where: { $0.isLike(row) }) { rows[index].add(row) } else { rows.append(row) }
        }
        return rows.sorted { ($1.duration, $0.operation.rawValue) < ($0.duration, $1.operation.rawValue) }
    }

    /// The arithmetic identifiers (``BackendInfo/numerics``) of the backends that performed an operation, by backend
    /// name.
    public var numerics: [String: [String]] {
        ledgers.withLock { $0 }.filter { !$0.rows.isEmpty }.reduce(into: [:]) { names, ledger in
            guard names[ledger.name]?.contains(ledger.numerics) != true else { return }
            names[ledger.name, default: []].append(ledger.numerics)
        }
    }

    /// Throws an error unless the operations ran and the backend performed all of them natively.
    ///
    /// - Parameter operations: The operations to check; if empty, all operations that ran, which must be at least one.
    /// - Throws: ``BertError`` with code `notNative` that lists each operation and how it was performed.
    public func requireNative(_ operations: OperationKind...) throws {
        let rows = rows
        let wanted = operations.isEmpty ? Set(rows.map(\.operation)) : Set(operations)
        let missing = wanted.subtracting(rows.map(\.operation))
        var complaints = missing.map { "\($0.rawValue) never ran" }
        let others = rows.filter { wanted.contains($0.operation) && $0.capability != .native }
        for row in others {
            complaints.append("\(row.operation.rawValue) was \(row.capability) by \(row.backend), \(row.calls) calls")
        }
        if wanted.isEmpty { complaints.append("no operations ran on the traced backends") }
        guard complaints.isEmpty else {
            throw BertError(
                .notNative, "not all operations were native: \(complaints.sorted().joined(separator: "; "))",
                key: (others.map(\.operation) + missing).map(\.rawValue).sorted().first)
        }
    }
}

extension Trace {
    /// A single call of an operation.
    public struct Call: Sendable {
        /// The name of the backend.
        public let backend: String
        /// The operation with the shapes and the type of its operands.
        public let request: OperationRequest
        /// How the backend performed the operation.
        public let capability: Capability
        /// The part of the model, for example `encoder.layer.3.attention`, if known.
        public let scope: String?
        /// The start of the call, relative to the creation of the trace.
        public let start: Duration
        /// The duration of the call.
        public let duration: Duration
        /// The number of additions and multiplications in products; 0 for operations without products.
        public let productOperations: Int
        /// Whether the call threw an error.
        public let failed: Bool
    }

    /// All calls of one operation with the same capability.
    public struct Row: Sendable, Hashable {
        /// The name of the backend.
        public let backend: String
        /// The operation.
        public let operation: OperationKind
        /// How the backend performed the operation.
        public let capability: Capability
        /// The number of calls.
        public internal(set) var calls = 0
        /// The number of calls that threw an error.
        public internal(set) var failures = 0
        /// The total duration.
        public internal(set) var duration = Duration.zero
        /// The number of additions and multiplications in products; 0 for operations without products.
        public internal(set) var productOperations = 0

        init(backend: String, operation: OperationKind, capability: Capability) {
            self.backend = backend
            self.operation = operation
            self.capability = capability
        }

        fileprivate func isLike(_ other: Row) -> Bool {
            (backend, operation, capability) == (other.backend, other.operation, other.capability)
        }

        fileprivate mutating func add(_ other: Row) {
            calls += other.calls
            failures += other.failures
            duration += other.duration
            productOperations += other.productOperations
        }
    }
}

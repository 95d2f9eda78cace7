import Synchronization

/// What was computed, by whom and how long it took: fed by the backends it wraps, from any thread.
///
/// ```swift
/// let trace = Trace()
/// let model = try BertModel.fromPretrained(files, on: trace.wrap(backend))
/// …
/// try trace.requireNative(.linear, .attention)
/// print(trace.table)
/// ```
public final class Trace: Sendable {
    /// One for each backend that was wrapped.
    private let ledgers = Mutex<[TraceLedger]>([])
    let observer: (@Sendable (Call) -> Void)?
    /// When the trace began: what ``Call/start`` counts from.
    let beginning = ContinuousClock.now

    /// A trace that nothing was recorded in yet.
    ///
    /// - Parameter observer: is shown each call as it ends, on the thread that made it.
    public init(_ observer: (@Sendable (Call) -> Void)? = nil) { self.observer = observer }

    /// The backend with each of its calls recorded here. Several backends may share a trace.
    public func wrap(_ backend: any ComputeBackend) -> any ComputeBackend { TracingBackend(backend, trace: self) }

    /// A new ledger for a backend.
    func ledger(for backend: any ComputeBackend) -> TraceLedger {
        ledgers.withLock { ledgers in
            ledgers.append(TraceLedger(backend))
            return ledgers[ledgers.count - 1]
        }
    }

    /// Each operation that was called, by falling time: a row for each backend and for who did it.
    public var rows: [Row] {
        var rows: [Row] = []
        for row in ledgers.withLock({ $0 }).flatMap(\.rows) {
            // A backend may have been wrapped more than once.
            if let index = rows.firstIndex(where: { $0.isLike(row) }) { rows[index].add(row) } else { rows.append(row) }
        }
        return rows.sorted { ($1.duration, $0.operation.rawValue) < ($0.duration, $1.operation.rawValue) }
    }

    /// The names of the arithmetic (``BackendInfo/numerics``) of the backends that something ran on, by backend.
    public var numerics: [String: [String]] {
        ledgers.withLock { $0 }.filter { !$0.rows.isEmpty }.reduce(into: [:]) { names, ledger in
            guard names[ledger.name]?.contains(ledger.numerics) != true else { return }
            names[ledger.name, default: []].append(ledger.numerics)
        }
    }

    /// Throws unless these operations ran, and by the backend itself each time.
    ///
    /// - Parameter operations: which; every operation that ran, and at least one, if none is named.
    /// - Throws: ``BertError`` with code `notNative`, naming each operation and what was done with it.
    public func requireNative(_ operations: OperationKind...) throws {
        let rows = rows
        let wanted = operations.isEmpty ? Set(rows.map(\.operation)) : Set(operations)
        var complaints = wanted.subtracting(rows.map(\.operation)).map { "\($0.rawValue) never ran" }
        for row in rows where wanted.contains(row.operation) && row.capability != .native {
            complaints.append("\(row.operation.rawValue) was \(row.capability) by \(row.backend), \(row.calls) calls")
        }
        if wanted.isEmpty { complaints.append("nothing ran on the backends of this trace") }
        guard complaints.isEmpty else {
            throw BertError(.notNative, "not everything was native: \(complaints.sorted().joined(separator: "; "))")
        }
    }
}

extension Trace {
    /// One call of an operation.
    public struct Call: Sendable {
        /// The name of the backend that was called.
        public let backend: String
        /// The operation, its operands' shapes and their type.
        public let request: OperationRequest
        /// Who did it.
        public let capability: Capability
        /// The part of the model, for example `encoder.layer.3.attention`, where it is known.
        public let scope: String?
        /// When it began, counted from the trace's making.
        public let start: Duration
        /// How long it took.
        public let duration: Duration
        /// Additions and multiplications, for products; otherwise 0.
        public let productOperations: Int
        /// Whether it threw.
        public let failed: Bool
    }

    /// All calls of one operation that were done in one way.
    public struct Row: Sendable, Hashable {
        /// The name of the backend that was called.
        public let backend: String
        /// The operation.
        public let operation: OperationKind
        /// Who did it.
        public let capability: Capability
        /// How many calls there were.
        public internal(set) var calls = 0
        /// How many of them threw.
        public internal(set) var failures = 0
        /// How long they took, all together.
        public internal(set) var duration = Duration.zero
        /// Additions and multiplications, for products; otherwise 0.
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

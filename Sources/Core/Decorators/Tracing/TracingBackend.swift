/// A decorator that records all calls of a backend in a ``Trace``.
public final class TracingBackend: BackendDecorator {
    public let base: any ComputeBackend
    public let info: BackendInfo
    public let usesScope: Bool
    private let trace: Trace
    private let ledger: TraceLedger

    /// Creates a backend that records the calls of `base` in `trace`.
    public init(_ base: any ComputeBackend, trace: Trace) {
        self.base = base
        self.trace = trace
        ledger = trace.ledger(for: base)
        usesScope = trace.observer != nil || (base as? any BackendDecorator)?.usesScope == true
        var info = base.info
        info.details["traced"] = "yes"
        self.info = info
    }

    /// Performs the call and records its duration.
    public func perform(_ call: OperationCall) throws -> OperationResult {
        let start = ContinuousClock.now
        do {
            let result = try call(on: base)
            record(call, from: start, to: .now, failed: false)
            return result
        } catch {
            record(call, from: start, to: .now, failed: true)
            throw error
        }
    }

    private func record(
        _ call: OperationCall, from start: ContinuousClock.Instant, to end: ContinuousClock.Instant, failed: Bool
    ) {
        let request = call.request
        let operations = failed ? 0 : call.productOperations
        let capability = ledger.add(
            request, duration: end - start, productOperations: operations, failed: failed)
        guard let observer = trace.observer else { return }
        observer(
            Trace.Call(
                backend: info.name, request: request, capability: capability, scope: OperationScope.current,
                start: start - trace.beginning, duration: end - start, productOperations: operations, failed: failed))
    }
}

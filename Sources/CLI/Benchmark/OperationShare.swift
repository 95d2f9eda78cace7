import BertCore

/// The share of a pass that an operation takes.
struct OperationShare {
    let operation: OperationKind
    /// Whether the backend implements or delegates the operation.
    let capability: Capability
    /// The number of calls in a pass.
    let calls: Int
    /// The time in a pass, in seconds.
    let seconds: Double
    /// The share of the time of all operations.
    let share: Double
    /// The speed of all threads in 10⁹ additions and multiplications per second, or nil for operations that aren't
    /// products.
    let gigaflops: Double?
    /// The number of additions and multiplications in a pass.
    let productOperations: Double
    /// The share of the ``ComputePeak``, or nil for operations that aren't products.
    let peakShare: Double?

    /// Returns the operations that a trace has recorded since it had the given rows, in descending order of time.
    ///
    /// - Parameters:
    ///   - time: The total time of the passes.
    ///   - peak: The multiplications and additions per second that the threads can execute.
    static func of(
        _ rows: [Trace.Row], since before: [Trace.Row], passes: Int, in time: Duration, peak: Double
    ) -> [OperationShare] {
        let times = rows.map { row in
            let old = before.first { ($0.operation, $0.capability) == (row.operation, row.capability) }
            return (
                row: row, calls: row.calls - (old?.calls ?? 0),
                seconds: (row.duration - (old?.duration ?? .zero)) / .seconds(1),
                operations: row.productOperations - (old?.productOperations ?? 0)
            )
        }
        let all = times.reduce(0) { $0 + $1.seconds }
        // The times of operations that run concurrently, each on its own thread, add up to more than the elapsed time.
        let besides = max(1, all / (time / .seconds(1)))
        return times.filter { $0.calls > 0 }.sorted { $0.seconds > $1.seconds }.map {
            let rate = Double($0.operations) * besides / max($0.seconds, 1e-12)
            return OperationShare(
                operation: $0.row.operation, capability: $0.row.capability, calls: $0.calls / passes,
                seconds: $0.seconds / Double(passes), share: $0.seconds / max(all, 1e-12),
                gigaflops: $0.operations == 0 ? nil : rate / 1e9,
                productOperations: Double($0.operations) / Double(passes),
                peakShare: $0.operations == 0 ? nil : rate / peak)
        }
    }
}

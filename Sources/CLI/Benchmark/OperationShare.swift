import BertCore

/// What one operation takes of a pass.
struct OperationShare {
    let operation: OperationKind
    /// Who did it.
    let capability: Capability
    /// Calls in a pass.
    let calls: Int
    /// Seconds in a pass.
    let seconds: Double
    /// Of the time of all operations.
    let share: Double
    /// 10⁹ additions and multiplications a second of all threads; nil for operations that are not products.
    let gigaflops: Double?
    /// Additions and multiplications in a pass.
    let productOperations: Double
    /// The share of ``ComputePeak``; nil for operations that are not products.
    let peakShare: Double?

    /// What a trace has recorded since it had these rows, by falling time.
    ///
    /// - Parameters:
    ///   - time: how long all of the passes took.
    ///   - peak: multiplications and additions a second that the threads can do.
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
        // Operations that run beside each other, each on a thread of its own, add up to more than the time they took.
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

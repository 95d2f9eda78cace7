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
    /// 10⁹ additions and multiplications a second; nil for operations that are not products.
    let gigaflops: Double?

    /// What a trace has recorded since it had these rows, by falling time.
    static func of(_ rows: [Trace.Row], since before: [Trace.Row], passes: Int) -> [OperationShare] {
        let times = rows.map { row in
            let old = before.first { ($0.operation, $0.capability) == (row.operation, row.capability) }
            return (
                row: row, calls: row.calls - (old?.calls ?? 0),
                seconds: (row.duration - (old?.duration ?? .zero)) / .seconds(1),
                operations: row.productOperations - (old?.productOperations ?? 0)
            )
        }
        let all = times.reduce(0) { $0 + $1.seconds }
        return times.filter { $0.calls > 0 }.sorted { $0.seconds > $1.seconds }.map {
            OperationShare(
                operation: $0.row.operation, capability: $0.row.capability, calls: $0.calls / passes,
                seconds: $0.seconds / Double(passes), share: $0.seconds / max(all, 1e-12),
                gigaflops: $0.operations == 0 ? nil : Double($0.operations) / max($0.seconds, 1e-12) / 1e9)
        }
    }
}

import BackendConformance
import BertCore

extension ConformanceReport {
    /// A table with a row for each operation: the number of cases by capability, and how close the worst case came to
    /// the tolerance.
    var table: Table {
        var table = Table([
            "operation", Table.Cell("native", right: true), Table.Cell("delegated", right: true),
            Table.Cell("skipped", right: true), Table.Cell("failed", right: true),
            Table.Cell("worst, of tolerance", right: true),
        ])
        for (name, results) in byOperation {
            func cell(_ count: Int, _ style: Style? = nil) -> Table.Cell {
                Table.Cell(count == 0 ? "" : String(count), style, right: true)
            }
            let worst = results.map(\.worst).max() ?? 0
            let failures = results.count { $0.status.isFailure }
            table.add(
                Table.Cell(name), cell(results.count { $0.status == .pass }),
                cell(results.count { $0.status == .delegated }), cell(results.count { $0.status == .skipped }),
                cell(failures, .red), Table.Cell(worst == 0 ? "" : worst.percent, right: true))
        }
        return table
    }

    /// The results by operation, in the order of the contract, followed by whole encoders.
    var byOperation: [(name: String, results: [ConformanceResult])] {
        let groups = Dictionary(grouping: results) { $0.conformanceCase.operation?.rawValue ?? "encoder" }
        return (OperationKind.allCases.map(\.rawValue) + ["encoder"]).compactMap { name in
            groups[name].map { (name, $0) }
        }
    }
}

/// Text representation of a trace.
extension Trace {
    /// A table for each backend with calls, capability, milliseconds, share of the time, and GFLOP/s of products.
    public var table: String {
        let (rows, numerics) = (rows, numerics)
        guard !rows.isEmpty else { return "no operations ran on the traced backends\n" }
        return Set(rows.map(\.backend)).sorted()
            .map { backend in
                Self.table(of: backend, rows.filter { $0.backend == backend }, numerics[backend] ?? [])
            }
            .joined(separator: "\n")
    }

    private static func table(of backend: String, _ rows: [Row], _ numerics: [String]) -> String {
        let total = rows.reduce(Duration.zero) { $0 + $1.duration }
        let calls = rows.reduce(0) { $0 + $1.calls }
        var lines = [["operation", "calls", "done by", "ms", "share", "GFLOP/s"]]
        for row in rows {
            let failures = row.failures == 0 ? "" : " (\(row.failures) failed)"
            lines.append([
                row.operation.rawValue, "\(row.calls)\(failures)", row.capability.doneBy,
                decimals(row.duration.milliseconds, 2),
                "\(decimals(100 * row.duration.seconds / max(total.seconds, 1e-12), 1)) %",
                row.gigaflops.map { decimals($0, 1) } ?? "",
            ])
        }
        let heading =
            "\(backend): \(calls) operation calls, \(decimals(total.milliseconds, 2)) ms, "
            + "numerics \(numerics.joined(separator: ", "))"
        return ([heading] + aligned(lines, rightFrom: 3, also: [1])).map { $0 + "\n" }.joined()
    }

    /// Returns the lines with aligned columns, two spaces apart.
    private static func aligned(_ lines: [[String]], rightFrom: Int, also: Set<Int>) -> [String] {
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            let cells = line.enumerated().map { column, cell in
                let gap = String(repeating: " ", count: widths[column] - cell.count)
                return column >= rightFrom || also.contains(column) ? gap + cell : cell + gap
            }
            var text = cells.joined(separator: "  ")
            while text.hasSuffix(" ") { text.removeLast() }
            return text
        }
    }

    /// Returns a number with a fixed count of decimals.
    static func decimals(_ value: Double, _ count: Int) -> String {
        var scale = 1.0
        for _ in 0..<count { scale *= 10 }
        guard value.isFinite, value * scale < 1e15 else { return "\(value)" }
        let digits = String(Int((value * scale).rounded()))
        let padded = String(repeating: "0", count: max(0, count + 1 - digits.count)) + digits
        return "\(padded.dropLast(count)).\(padded.suffix(count))"
    }
}

extension Trace.Row {
    /// The rate in 10⁹ additions and multiplications per second; nil for operations without products.
    public var gigaflops: Double? {
        productOperations == 0 ? nil : Double(productOperations) / max(duration.seconds, 1e-12) / 1e9
    }
}

extension Trace.Call: CustomStringConvertible {
    /// A single line with the operation, shapes, capability, duration and scope.
    public var description: String {
        let shapes = request.shapes.map(\.description).joined(separator: " ")
        let rate =
            productOperations == 0
            ? "" : ", \(Trace.decimals(Double(productOperations) / max(duration.seconds, 1e-12) / 1e9, 1)) GFLOP/s"
        return "\(backend) \(request.kind.rawValue) \(shapes) \(request.elementType): \(failed ? "failed, " : "")"
            + "\(capability.doneBy), \(Trace.decimals(duration.milliseconds, 3)) ms\(rate)"
            + (scope.map { ", \($0)" } ?? "")
    }
}

extension Capability {
    /// A short description without the reason.
    fileprivate var doneBy: String {
        switch self {
        case .native: "native"
        case .delegated(let name, _): "delegated to \(name)"
        case .unsupported: "unsupported"
        }
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
    var milliseconds: Double { seconds * 1e3 }
}

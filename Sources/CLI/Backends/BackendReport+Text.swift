/// Lines of labeled facts.
struct Facts {
    private(set) var lines: [String] = []
    private let indent: String
    private let width: Int

    init(indent: Int = 2, width: Int = 14) {
        self.indent = String(repeating: " ", count: indent)
        self.width = width
    }

    /// Adds a line, unless the value is nil.
    mutating func add(_ label: String, _ value: String?) {
        guard let value else { return }
        lines.append(indent + label + String(repeating: " ", count: max(2, width - label.columns)) + value)
    }
}

extension BackendReport {
    /// The report as text, with one line for each fact.
    var factLines: [String] {
        var facts = Facts()
        facts.add("plugin", plugin)
        if let failure {
            facts.add("reason", failure.reason)
            facts.add("tried", failure.tried)
            facts.add("fix", failure.fix)
            return facts.lines
        }
        facts.add("library", library)
        facts.add("instructions", instructionSet)
        facts.add(
            "numerics",
            numerics.map {
                $0 + (isBatchInvariant == true ? ", bitwise identical in any batch and with any number of threads" : "")
            })
        for (name, value) in details { facts.add(name, value) }
        facts.add(
            "native",
            others.isEmpty
                ? "all \(native.count) operations" : native.isEmpty ? "nothing" : native.joined(separator: ", "))
        var rest = others
        while let first = rest.first {
            let alike = rest.filter { $0.capability == first.capability }
            facts.add(
                first.capability.hasPrefix("delegated") ? "delegated" : "missing",
                "\(alike.map(\.name).joined(separator: ", ")): \(first.capability)")
            rest.removeAll { $0.capability == first.capability }
        }
        return facts.lines
    }
}

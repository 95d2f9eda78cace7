import BertCore

extension Diagnosis {
    /// The diagnosis as text.
    var lines: [String] {
        var lines = ["bert \(PackageVersion.current) on \(Program.system)", ""]
        lines.append(Style.bold("threads"))
        var facts = Facts()
        facts.add("an operation", threads.map { "\($0), of \(cores) physical cores" })
        facts.add("container", quota.map { "quota of \($0) processors" })
        lines += facts.lines + [""]

        lines.append(Style.bold("environment"))
        var table = Table()
        for variable in registry.knownVariables {
            let value = registry.environment[variable]
            table.add(
                "  \(variable.name)", Table.Cell(value ?? variable.defaultValue, value == nil ? .dim : nil),
                value == nil ? Table.Cell("default", .dim) : "set", "\(variable.summary) (\(variable.values))")
        }
        for (name, value) in nativeVariables {
            table.add("  \(name)", "\(value)", "set", "read by a native library")
        }
        lines += table.lines + [""]

        lines.append(Style.bold("backends"))
        for examination in examinations { lines += self.lines(for: examination) }
        lines.append("")

        lines.append(Style.bold("choice"))
        if let selection {
            let taken = chosen.map { "uses \($0.name)" } ?? Style.red("no backend available")
            lines.append("  \(selection.selection) (\(selection.source.words)): \(taken)")
        }
        lines += section("hazards", hazards, .yellow) + section("problems", problems, .red)
        if problems.isEmpty { lines += ["", Style.green("All requested backends and settings are available.")] }
        return lines
    }

    private func lines(for examination: Examination) -> [String] {
        let report = examination.report
        let name = report.name + (report.version.map { " \($0)" } ?? "")
        guard let failures = examination.failures else {
            return ["  \(name): \(Style.red("missing"))"] + report.factLines.map { "  " + $0 }
        }
        let verdict =
            failures.isEmpty
            ? Style.green("works") + ", self-test passed"
                + (examination.milliseconds.map { " in \(rounded($0)) ms" } ?? "")
            : Style.red("computes wrongly")
        var facts = Facts(indent: 4)
        for failure in failures { facts.add("wrong", failure) }
        facts.add("threads", report.threads.map { "\($0) per operation" })
        facts.add("process", examination.processThreads.map { "has \($0) threads after the self-test" })
        let own = report.library.flatMap(Program.resolved)
        for library in examination.libraries where library != own { facts.add("loads", library) }
        return ["  \(name): \(verdict)"] + report.factLines.map { "  " + $0 } + facts.lines
    }

    private func section(_ title: String, _ sentences: [String], _ style: Style) -> [String] {
        guard !sentences.isEmpty else { return [] }
        return ["", Style.bold(title)] + sentences.map { "  \(style("!")) \($0)" }
    }

    private func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}

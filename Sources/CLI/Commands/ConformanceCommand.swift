import ArgumentParser
import BackendConformance
import BertCore
import BertJSON

/// `bert conformance`: runs the conformance suite of backends.
struct ConformanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance",
        abstract: "Run the conformance tests of a backend.",
        discussion: """
            Compares all operations with a double-precision reference. Without --backend, tests all available backends. The \
            exit code is 0 if all cases pass, 1 if some fail, and 2 if no case ran or the backend is unavailable.

              bert conformance --plugin libMyBackend.so --backend mine --junit report.xml

            EXAMPLE:
              bert conformance --backend reference --only matmul/exact
            """)

    @Option(help: "Backend to test (default: all available backends).")
    var backend: String?

    @OptionGroup var plugins: PluginOptions

    @Option(help: "Only run this operation (matmul), kind of case (exact) or prefix of a case id. Repeatable.")
    var only: [String] = []

    @Option(help: "Seed of the random operands.")
    var seed: UInt64 = ConformanceSuite.defaultSeed

    @Flag(help: "Print a JSON object with all cases.")
    var json = false

    @Option(help: "Write a JUnit report to this file.")
    var junit: String?

    @Flag(help: "Count delegated and skipped cases as failures.")
    var strict = false

    @Flag(help: "Measure the GFLOP/s of BERT-sized operations instead, for all backends.")
    var perf = false

    func validate() throws {
        if perf, json || strict || junit != nil {
            throw ValidationError("--perf only prints a table; omit --json, --junit and --strict")
        }
    }

    func run() throws {
        try plugins.load()
        let backends = try backends()
        if perf { return try time(backends) }
        let cases = ConformanceSuite.cases(only: only, seed: seed)
        guard !cases.isEmpty else {
            throw try nothingTried(
                BertError(.unknownName, "no case matches \(only.joined(separator: " or "))", key: "--only"))
        }
        let reports = backends.map { backend in
            ConformanceSuite.run(cases, on: backend) { result in
                if !json, result.status.isFailure { tell(result.lines.joined(separator: "\n")) }
            }
        }
        if let junit { try AtomicFile.replace(junit, with: reports.junit(strict: strict)) }
        if json {
            let object: JSONValue = ["seed": .string("\(seed)"), "backends": .array(reports.map(\.json))]
            try Output.write(object.serialized(pretty: true) + "\n")
        } else {
            for report in reports {
                try Output.write((report.table.lines + [report.summary, ""]).joined(separator: "\n") + "\n")
            }
        }
        if reports.contains(where: { !$0.failures(strict: strict).isEmpty }) { throw ExitCode.failure }
    }

    /// Returns the requested backend, or all available backends.
    private func backends() throws -> [any ComputeBackend] {
        do { return try EachBackend.of(backend, for: "bert conformance") } catch
            where backend != nil
        {
            throw try nothingTried(error)
        }
    }

    /// Reports why no case can run. Returns the exit code.
    private func nothingTried(_ error: any Error) throws -> ExitCode {
        try ErrorFormat(.process).write(error)
        return ExitCode(2)
    }

    private func time(_ backends: [any ComputeBackend]) throws {
        let cases = PerformanceCase.all.filter { only.isEmpty || only.contains($0.operation.rawValue) }
        guard !cases.isEmpty else {
            throw try nothingTried(
                BertError(.unknownName, "no performance case matches \(only.joined(separator: " or "))", key: "--only"))
        }
        var table = Table(
            ["GFLOP/s", "shape"] + backends.map { Table.Cell($0.info.nameAndVersion, right: true) })
        for conformanceCase in cases {
            let speeds = try backends.map { try conformanceCase.measure(on: $0) / 1e9 }
            table.add(
                [Table.Cell(conformanceCase.operation.rawValue), Table.Cell(conformanceCase.name)]
                    + speeds.map { Table.Cell($0.threeDigits, right: true) })
        }
        try Output.write(table.lines.joined(separator: "\n") + "\n")
    }
}

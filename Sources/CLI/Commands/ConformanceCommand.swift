import ArgumentParser
import BackendConformance
import BertCore
import BertJSON

/// `bert conformance`: runs the conformance suite of backends.
struct ConformanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance",
        abstract: "Test a backend: every operation against double precision.",
        discussion: """
            Without --backend, every available backend is tested. The exit code is 0 if all cases pass, 1 if some \
            fail, and 2 if no case was run or the backend is not available.

              bert conformance --plugin libMyBackend.so --backend mine --junit report.xml

            EXAMPLE:
              bert conformance --backend reference --only matmul/exact
            """)

    @Option(help: "The backend to test (default: every available one).")
    var backend: String?

    @OptionGroup var plugins: PluginOptions

    @Option(help: "An operation (matmul), a kind of case (exact) or the beginning of a case's id. Repeatable.")
    var only: [String] = []

    @Option(help: "Seed of the random numbers.")
    var seed: UInt64 = ConformanceSuite.defaultSeed

    @Flag(help: "Print one JSON object with every case.")
    var json = false

    @Option(help: "Write a JUnit report to this file.")
    var junit: String?

    @Flag(help: "Count delegated and skipped cases as failures.")
    var strict = false

    @Flag(help: "Time BERT-sized calls instead: GFLOP/s of each operation, backends side by side.")
    var perf = false

    func validate() throws {
        if perf, json || strict || junit != nil {
            throw ValidationError("--perf prints a table only; leave out --json, --junit and --strict")
        }
    }

    func run() throws {
        try plugins.load()
        let backends = try backends()
        if perf { return try time(backends) }
        let cases = ConformanceSuite.cases(only: only, seed: seed)
        guard !cases.isEmpty else {
            tell("error: no case matches --only \(only.joined(separator: " --only ")); no case was run")
            throw ExitCode(2)
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
            tell("error: \(error)")
            throw ExitCode(2)
        }
    }

    private func time(_ backends: [any ComputeBackend]) throws {
        let cases = PerformanceCase.all.filter { only.isEmpty || only.contains($0.operation.rawValue) }
        guard !cases.isEmpty else {
            tell("error: no timed operation matches --only \(only.joined(separator: " --only "))")
            throw ExitCode(2)
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

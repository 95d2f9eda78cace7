import ArgumentParser
import BertCore
import BertJSON

/// `bert backends`: lists the linked backends, and why some are unavailable.
struct BackendsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backends",
        abstract: "List the backends and their status.",
        discussion: """
            Opens all backends. A star marks the selected backend. `bert doctor` runs more tests, \
            in a separate process for each backend.

            EXAMPLE:
              bert backends --json
            """)

    @Flag(help: "Print a JSON object instead of a table.")
    var json = false

    @OptionGroup var plugins: PluginOptions

    func run() throws {
        try plugins.load()
        let registry = BackendRegistry.shared
        if let refused = registry.refusals.first { throw refused }
        _ = try registry.environment.threadCount()
        let (selection, source) = try registry.resolve()
        let reports = registry.descriptors.map { BackendReport($0, in: registry) }
        let chosen = reports.chosen(by: selection)
        if json {
            let object: JSONValue = [
                "selection": .string(selection.description), "source": .string(source.description),
                "chosen": chosen.map { .string($0.name) } ?? .null, "backends": .array(reports.map(\.json)),
            ]
            return try Output.write(object.serialized(pretty: true) + "\n")
        }
        var table = Table(["", "backend", "status", "version", Table.Cell("threads", right: true), "description"])
        for report in reports {
            table.add(
                report.name == chosen?.name ? "*" : "",
                "\(report.name)", report.isAvailable ? Table.Cell("available", .green) : Table.Cell("missing", .red),
                "\(report.version ?? "")", Table.Cell(report.threads.map(String.init) ?? "", right: true),
                "\(report.summary)")
        }
        var lines = table.lines
        for report in reports {
            lines += ["", Style.bold(report.name)] + report.factLines
        }
        lines += ["", "* selected by \(selection) (\(source.words))"]
        try Output.write(lines.joined(separator: "\n") + "\n")
    }
}

extension [BackendReport] {
    /// Returns the available backend that a selection uses. For `auto`, this is the one with the highest priority in
    /// the selection's precision.
    func chosen(by selection: BackendSelection) -> BackendReport? {
        if selection.isAuto {
            let precision = selection.precision ?? .float32
            return filter(\.isAvailable)
                .min { ($1.priority[precision], $0.name) < ($0.priority[precision], $1.name) }
        }
        return selection.names.lazy.compactMap { name in
            first { $0.isAvailable && ($0.name == name || $0.aliases.contains(name)) }
        }.first
    }
}

extension BackendSelection.Source {
    /// A description of the selection's source.
    var words: String { self == .default ? "the default" : "from \(description)" }
}

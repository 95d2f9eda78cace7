import ArgumentParser
import BertCore
import BertJSON

/// `bert backends`: lists the linked backends, and why some are unavailable.
struct BackendsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backends",
        abstract: "List the linked backends: whether each is available, and if not, why.",
        discussion: """
            Opens every backend. A star marks the one that would be used. \
            `bert doctor` looks more closely, testing each backend in a process of its own.

            EXAMPLE:
              bert backends --json
            """)

    @Flag(help: "Print one JSON object instead of the table.")
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
        var table = Table(["", "backend", "status", "version", Table.Cell("threads", right: true), "what it is"])
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
        lines += ["", "* computes when \(selection) is asked for (by \(source.words))"]
        try Output.write(lines.joined(separator: "\n") + "\n")
    }
}

extension [BackendReport] {
    /// Returns the first available backend of a selection. The backends are in descending order of priority.
    func chosen(by selection: BackendSelection) -> BackendReport? {
        if selection.isAuto { return first(where: \.isAvailable) }
        return selection.names.lazy.compactMap { name in
            first { $0.isAvailable && ($0.name == name || $0.aliases.contains(name)) }
        }.first
    }
}

extension BackendSelection.Source {
    /// A description of the selection's source.
    var words: String { self == .default ? "no one: it is the default" : description }
}

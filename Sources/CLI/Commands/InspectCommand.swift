import ArgumentParser
import Bert
import BertJSON

/// `bert inspect`: what a model's folder holds. Needs no backend.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Say what a model's folder holds: class, sizes, parameters, labels, memory. Needs no backend.",
        discussion: """
            EXAMPLE:
              bert inspect Sources/CDemoModel/tiny-sst2-deebert
            """)

    @Argument(
        help: ArgumentHelp("The folder of a model, in Hugging Face layout, or its hub id.", valueName: "folder|id"))
    var model: String

    @Option(help: ArgumentHelp("The branch, tag or commit of a model of the hub (default: main).", valueName: "name"))
    var revision: String?

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp("Inspect it as this class (default: what config.json says).", valueName: "name"))
    var className: String?

    @Flag(help: "Look at every weight too: one that is infinite or no number is an error with its name.")
    var check = false

    @Flag(help: "One JSON object.")
    var json = false

    @OptionGroup var plugins: PluginOptions

    func run() throws {
        try plugins.load()
        let files = try ModelFiles(folder: ModelLocation.folder(model, revision: revision))
        let inspection = try ModelInspection(files, as: className)
        if check { try Checkpoint(files).checkValues() }
        try Output.write(json ? inspection.json.serialized(pretty: true) + "\n" : inspection.text)
    }
}

import ArgumentParser
import Bert
import BertJSON

/// `bert inspect`: a description of a model folder. Needs no backend.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Describe a model folder: class, sizes, parameters, labels, memory. Needs no backend.",
        discussion: """
            EXAMPLE:
              bert inspect Sources/CDemoModel/tiny-sst2-deebert
            """)

    @Argument(
        help: ArgumentHelp("The folder of a model, in Hugging Face layout, or its hub id.", valueName: "folder|id"))
    var model: String

    @OptionGroup var hub: HubModelOptions

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp("Inspect it as this class (default: from config.json).", valueName: "name"))
    var className: String?

    @Flag(help: "Check every weight too: infinities and NaN are errors.")
    var check = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var plugins: PluginOptions

    func run() throws {
        try plugins.load()
        let files = try ModelFiles(folder: hub.folder(of: model))
        let inspection = try ModelInspection(files, as: className)
        if check { try Checkpoint(files.transformerFiles()).checkValues() }
        try Output.write(json ? inspection.json.serialized(pretty: true) + "\n" : inspection.text)
    }
}

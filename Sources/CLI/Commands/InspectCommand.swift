import ArgumentParser
import Bert
import BertJSON

/// `bert inspect`: describes a model's folder.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Describe a model: class, sizes, parameters, labels, memory.",
        discussion: """
            Requires no backend, unless --fingerprint is used. --fingerprint prints a SHA-256 digest of everything that results \
            depend on: the contents of the model's files, the backend's arithmetic and precision, pooling, normalization, \
            prompt, dimensions and truncation. If two fingerprints are equal, vectors are bitwise identical in any program \
            and on any machine. --json prints the inputs of the digest. No weights are loaded.

            EXAMPLE:
              bert inspect Sources/CDemoModel/tiny-sst2-deebert
              bert inspect --fingerprint --backend simd Sources/CDemoModel/tiny-sst2-deebert
            """)

    @Argument(
        help: ArgumentHelp("Model folder in Hugging Face layout, or id of a model on the hub.", valueName: "folder|id"))
    var folder: String?

    @Option(name: .customLong("model"), help: .hidden) var modelOption: String?

    @OptionGroup var hub: HubModelOptions

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp("Model class (default: from config.json).", valueName: "name"))
    var className: String?

    @Flag(help: "Also check all weights for infinities and NaN.")
    var check = false

    @Flag(help: "Print the fingerprint.")
    var fingerprint = false

    @Flag(help: "Print a JSON object.")
    var json = false

    @OptionGroup(title: "With --fingerprint") var backend: BackendOptions

    @OptionGroup(title: "With --fingerprint") var vectors: VectorOptions

    @OptionGroup(title: "With --fingerprint") var prompts: PromptOptions

    @OptionGroup(title: "With --fingerprint") var truncation: TruncationOptions

    /// The model, which `--model` specifies too, as in other commands.
    private var model: String { modelOption ?? folder ?? "" }

    func validate() throws {
        guard (folder == nil) != (modelOption == nil) else {
            throw ValidationError(folder == nil ? "Missing expected argument '<folder|id>'" : "use only one model")
        }
        guard !fingerprint else {
            if check { throw ValidationError("use either --fingerprint or --check") }
            return
        }
        let given = [
            ("--backend", backend.backend != nil), ("--precision", backend.precision != nil),
            ("--pooling", vectors.pooling != nil), ("--normalize", vectors.normalize == true),
            ("--no-normalize", vectors.normalize == false),
            ("--truncate-dimensions", vectors.truncateDimensions != nil), ("--prompt", prompts.prompt != nil),
            ("--prompt-name", prompts.promptName != nil), ("--auto-truncate", truncation.autoTruncate),
        ]
        if let option = given.first(where: \.1) { throw ValidationError("\(option.0) requires --fingerprint") }
    }

    func run() throws {
        try PluginOptions.load(backend.plugins)
        let files = try ModelFiles(folder: hub.folder(of: model))
        if fingerprint { return try printFingerprint(files) }
        let inspection = try ModelInspection(files, as: className)
        if check { try Checkpoint(files.transformerFiles()).checkValues() }
        try Output.write(json ? inspection.json.serialized(pretty: true) + "\n" : inspection.text)
    }

    private func printFingerprint(_ files: ModelFiles) throws {
        let backend = try backend.resolve(for: "bert inspect --fingerprint").info
        let fingerprint = try ModelFingerprint(
            files, on: backend, as: className, pooling: vectors.pooling, normalizes: vectors.normalize,
            dimensions: vectors.truncateDimensions, prompt: prompts.chosen, truncates: truncation.autoTruncate)
        guard json else { return try Output.write(fingerprint.digest + "\n") }
        let object: JSONObject = [
            "fingerprint": .string(fingerprint.digest), "backend": .string(backend.nameAndVersion),
        ]
        try Output.write(JSONValue.object(object.merging(fingerprint.facts)).serialized(pretty: true) + "\n")
    }
}

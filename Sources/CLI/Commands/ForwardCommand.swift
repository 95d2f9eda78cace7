import ArgumentParser
import Bert

/// `bert forward`: raw tensors in and out, under Python's names.
struct ForwardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward",
        abstract: "Run a model on raw tensors, named as in Python.",
        discussion: """
            Inputs are those of forward(): input_ids [batch, sequence], attention_mask, token_type_ids, position_ids, \
            inputs_embeds, head_mask, labels and so on, in a safetensors file. Outputs are padded as in Python; parts \
            of tuples are hidden_states.0, …. Models with off-ramps add exit_layer (counted from 1), \
            exit_from_off_ramp, off_ramp_logits.i and off_ramp_entropy.i (NaN for rows that had already left).

            EXAMPLE:
              bert forward --model Tests/Fixtures/models/bert-base --hidden-states \\
                --inputs Tests/Fixtures/forward/inputs.safetensors \\
                --output .build/outputs.safetensors
            """)

    @OptionGroup var source: ModelOptions

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp("The model class (default: from config.json).", valueName: "name"))
    var className: String?

    @Option(help: ArgumentHelp("A safetensors file with the inputs.", valueName: "file"))
    var inputs: String

    @Option(help: ArgumentHelp("The safetensors file to write.", valueName: "file"))
    var output: String

    @Flag(help: "Write hidden_states.i.")
    var hiddenStates = false

    @Flag(help: "Write attentions.i.")
    var attentions = false

    @OptionGroup var exits: ExitOptions

    @Flag(help: "Fail if the checkpoint lacks parameters, instead of initialising them with a warning.")
    var strict = false

    @Flag(help: "Initialise parameters that the checkpoint lacks, optional ones too, from --seed.")
    var freshWeights = false

    @Option(help: ArgumentHelp("Seed of new weights.", valueName: "number"))
    var seed: UInt64 = 0

    @Flag(help: "Check every weight first: infinities and NaN are errors.")
    var check = false

    @OptionGroup var backend: BackendOptions

    func validate() throws {
        if strict, freshWeights { throw ValidationError("--strict and --fresh-weights contradict each other") }
    }

    func run() throws {
        guard inputs != output else {
            throw BertError(.invalidArgument, "--inputs and --output are the same file; the inputs would be lost")
        }
        try PluginOptions.load(backend.plugins)
        let files = try ModelFiles(folder: source.folder()).transformerFiles()
        let config = try BertConfig(files)
        let name = try className ?? ModelCatalogue.shared.className(for: config)
        let entry = try ModelCatalogue.shared.entry(name)
        let tensors = try SafetensorsFile(path: inputs).tensors.map(NamedTensor.init)
        let loaded = try entry.modelType.fromPretrained(
            config, Checkpoint(files), on: backend.resolve(for: "bert forward") { name },
            options: LoadingOptions(
                missing: freshWeights ? .initialise(seed: seed) : strict ? .fail : .warn, checksValues: check))
        if freshWeights {
            for key in try loaded.parameters.report.missingKeys {
                warn("\(key) is not in the checkpoint: fresh weights")
            }
        }
        let request = ForwardRequest(
            tensors, hiddenStates: hiddenStates ? true : nil, attentions: attentions ? true : nil,
            policy: exits.policy)
        try SafetensorsWriter.write(
            loaded.namedOutputs(request).map(SafetensorsWriter.Tensor.init), metadata: ["format": "pt"], to: output)
    }
}

import ArgumentParser
import Bert
import BertTraining

/// `bert forward`: computes raw output tensors from input tensors, with Python's names.
struct ForwardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward",
        abstract: "Run a model on raw tensors, named as in Python.",
        discussion: """
            Inputs are those of forward(): input_ids [batch, sequence], attention_mask, token_type_ids, position_ids, \
            inputs_embeds, head_mask, labels and so on, in a safetensors file. Outputs are padded as in Python; parts \
            of tuples are hidden_states.0, …. Models with off-ramps add exit_layer (counted from 1), \
            exit_from_off_ramp, off_ramp_logits.i and off_ramp_entropy.i (NaN for rows that had already left).

            With --gradients and labels among the inputs (labels, or start_positions and end_positions) the output has \
            loss, grad.NAME [the parameter's shape] for every parameter that is trained and that the loss reaches, and the \
            logits. A parameter with several names is there once, under the one that it is saved by. Dropout is off. With \
            teacher_logits beside labels the loss is alpha * loss + (1 - alpha) * T^2 * KL(teacher || model). DeeBERT's \
            losses are its final classifier's (stage1), the sum of its off-ramps' without the last one's (stage2), or both \
            (joint); PABEE's is the sum of i * loss i over the sum of i. An encoder without a head takes texts in columns, \
            a/input_ids, a/attention_mask, b/input_ids, … (and scores), and gives the means of their tokens, a, b, …, as \
            sentence-transformers trains them; for triplets without c/ the negative is the row of b before.

            EXAMPLE:
              bert forward --model Tests/Fixtures/models/bert-base --hidden-states \\
                --inputs Tests/Fixtures/forward/inputs.safetensors \\
                --output .build/outputs.safetensors
              bert forward --model Tests/Fixtures/training/models/deebert \\
                --gradients --exit-training stage2 \\
                --inputs Tests/Fixtures/forward/labelled-inputs.safetensors \\
                --output .build/gradients.safetensors
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

    @OptionGroup var gradients: GradientOptions

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
        if gradients.gradients, hiddenStates || attentions || exits.policy != nil {
            throw ValidationError(
                "--gradients runs all layers and writes the logits; leave hidden states, attentions and exits out")
        }
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
        let options = LoadingOptions(
            missing: freshWeights ? .initialise(seed: seed) : strict ? .fail : .warn, checksValues: check)
        let computer = try backend.resolve(for: "bert forward") { name }
        if gradients.gradients {
            try write(gradients(of: entry.modelType, config, Checkpoint(files), tensors, options, on: computer))
            return
        }
        let loaded = try entry.modelType.fromPretrained(config, Checkpoint(files), on: computer, options: options)
        if freshWeights {
            for key in try loaded.parameters.report.missingKeys {
                warn("\(key) is not in the checkpoint: fresh weights")
            }
        }
        let request = ForwardRequest(
            tensors, hiddenStates: hiddenStates ? true : nil, attentions: attentions ? true : nil,
            policy: exits.policy)
        try write(loaded.namedOutputs(request))
    }

    private func gradients(
        of model: any BertPreTrainedModel.Type, _ config: BertConfig, _ checkpoint: Checkpoint,
        _ inputs: [NamedTensor], _ options: LoadingOptions, on computer: any ComputeBackend
    ) throws -> [NamedTensor] {
        var config = config
        let store = try model.parameterStore(&config, checkpoint, options: options)
        let trainable = try TrainableModel(
            model, config, store, on: computer, frozen: gradients.freeze.map(ParameterPattern.init),
            frozenPrecision: gradients.frozenPrecision, exitTraining: gradients.exitTraining)
        let objective = gradients.objective(hasScores: inputs.contains { $0.name == "scores" })
        return try trainable.namedGradients(ForwardRequest(inputs), objective)
    }

    private func write(_ outputs: [NamedTensor]) throws {
        try SafetensorsWriter.write(
            outputs.map(SafetensorsWriter.Tensor.init), metadata: ["format": "pt"], to: output)
    }
}

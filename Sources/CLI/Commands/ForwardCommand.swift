import ArgumentParser
import Bert
import BertTraining

/// `bert forward`: computes raw output tensors from input tensors, with Python's names.
struct ForwardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward",
        abstract: "Run the forward pass of a model on tensors from a file.",
        discussion: """
            The inputs are a safetensors file with the arguments of forward() in Python: input_ids [batch, sequence], \
            attention_mask, token_type_ids, position_ids, inputs_embeds, head_mask, labels and so on. The outputs have the \
            names and padding of Python; elements of tuples are hidden_states.0, …. Models with off-ramps also have \
            exit_layer (counted from 1), exit_from_off_ramp, off_ramp_logits.i and off_ramp_entropy.i (NaN for rows that \
            already exited).

            With --gradients, the inputs must contain labels, or start_positions and end_positions. The outputs are loss, \
            logits, and grad.NAME, with the shape of the parameter, for all trainable parameters that the loss depends on. \
            A parameter with several names has the gradient under the name in the checkpoint. Dropout is disabled. With \
            teacher_logits, the loss is alpha * loss + (1 - alpha) * T^2 * KL(teacher || model). The loss of DeeBERT is that \
            of the final classifier (stage1), the sum of the off-ramps except the last one (stage2), or both (joint). The \
            loss of PABEE is the sum of i * loss i divided by the sum of i. An encoder without a head takes columns of texts \
            (a/input_ids, a/attention_mask, b/input_ids, …, and optionally scores) and returns mean-pooled embeddings (a, b, \
            …), as in sentence-transformers. For triplets without c/, the negative is the previous row of b.

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
        help: ArgumentHelp("Model class (default: from config.json).", valueName: "name"))
    var className: String?

    @Option(help: ArgumentHelp("Safetensors file with the inputs.", valueName: "file"))
    var inputs: String

    @Option(help: ArgumentHelp("Safetensors file for the outputs.", valueName: "file"))
    var output: String

    @Flag(help: "Output hidden_states.i.")
    var hiddenStates = false

    @Flag(help: "Output attentions.i.")
    var attentions = false

    @OptionGroup var exits: ExitOptions

    @OptionGroup var gradients: GradientOptions

    @Flag(help: "Fail if parameters are missing in the checkpoint, instead of initializing them with a warning.")
    var strict = false

    @Flag(help: "Initialize all missing parameters, including optional ones, from --seed.")
    var freshWeights = false

    @Option(help: ArgumentHelp("Seed for the initialization of parameters.", valueName: "number"))
    var seed: UInt64 = 0

    @Flag(help: "Check all weights for infinities and NaN first.")
    var check = false

    @OptionGroup var backend: BackendOptions

    func validate() throws {
        if strict, freshWeights { throw ValidationError("use either --strict or --fresh-weights") }
        if gradients.gradients, hiddenStates || attentions || exits.policy != nil {
            throw ValidationError(
                "--gradients runs all layers and outputs the logits; omit --hidden-states, --attentions and exit options"
            )
        }
    }

    func run() throws {
        guard inputs != output else {
            throw BertError(
                .invalidArgument, "the same file as --inputs; use another one", file: output, key: "--output")
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
                warn("\(key) is not in the checkpoint and was initialized")
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

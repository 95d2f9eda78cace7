// Saves the models of the fixtures, unmodified and modified, with inputs and this library's outputs.
// scripts/check-python-loading loads them in Python:
//
//     SavedModels FOLDER
import Bert
import BertTraining
import TestSupport

/// A modification of a model, and a way to save it.
struct Variant {
    let name: String
    var change: (any BertPreTrainedModel) throws -> any BertPreTrainedModel = { $0 }
    var options = SavingOptions()

    /// The fixtures that are saved in every variant.
    static let models = [
        "albert-seqcls", "bert-base", "bert-float16", "bert-mlm", "bert-mlm-untied", "bert-pruned", "deebert",
        "distilbert-mlm", "pabee-bert", "roberta-seqcls",
    ]

    static func all() throws -> [Variant] {
        [
            Variant(name: "plain"),
            Variant(name: "shards", options: SavingOptions(maxShardSize: try ShardSize("10kB"))),
            Variant(name: "float32", options: SavingOptions(dtype: .float32)),
            Variant(name: "float16", options: SavingOptions(dtype: .float16)),
            Variant(name: "bfloat16", options: SavingOptions(dtype: .bfloat16)),
            Variant(name: "resized", change: { try $0.resizeTokenEmbeddings(to: 400, padToMultipleOf: 64) }),
            Variant(name: "trained", change: trained),
            Variant(name: "pruned", change: { try $0.pruneHeads([0: [1], 1: [0]]) }),
        ]
    }
}

/// Returns a classifier after two training steps, or any other model unchanged.
func trained(_ model: any BertPreTrainedModel) throws -> any BertPreTrainedModel {
    guard model is any SequenceClassificationModel else { return model }
    var data = TrainingData(task: .classification)
    for label: Int32 in [0, 1, 1, 0] {
        let ids: [Int32] = [2, 7 + label, 8, 3]
        data.add(TrainingExample([.init(ids: ids, types: ids.map { _ in 0 })], .label(label)))
    }
    var arguments = TrainingArguments()
    arguments.maxSteps = 2
    arguments.learningRate = 1e-2
    arguments.saveStrategy = .no
    let type = Swift.type(of: model)
    let output = "\(CommandLine.arguments[1])/runs/\(type.modelName)"
    let subject = try TrainingSubject(type, model.config, model.parameters, training: data)
    _ = try Trainer(subject, arguments, on: model.backend, output: output).train()
    return try type.fromPretrained(ModelFiles(folder: output), on: model.backend, options: .strict)
}

func save(_ fixture: ModelFixture, under folder: String) throws {
    let resolution = try ModelCatalogue.shared.resolve(fixture.className, backend: .named("reference"))
    let model = try resolution.fromPretrained(Fixtures.path(fixture.folder))
    let request =
        try fixture.plainCases().first?.request()
        ?? ForwardRequest([NamedTensor("input_ids", integers: [2, 7, 8, 3], shape: [1, 4])])
    let name = fixture.folder.split(separator: "/").last.map(String.init) ?? ""
    let variants = try Variant.all()
    for variant in Variant.models.contains(name) ? variants : [variants[0]] {
        if try variant.name == "pruned" && model.config.modelType == "albert" { continue }
        let target = "\(folder)/\(name)-\(variant.name)"
        try variant.change(model).savePretrained(target, options: variant.options)
        // Rounded weights are compared after rounding.
        let saved = try resolution.fromPretrained(target)
        let tensors =
            request.inputs.map { tensor(of: $0, "in") }
            + (try saved.namedOutputs(request).map { tensor(of: $0, "out") })
        try SafetensorsWriter.write(
            tensors, metadata: ["class": fixture.className, "fixture": fixture.folder, "variant": variant.name],
            to: "\(target)/check.safetensors")
    }
}

func tensor(of array: NamedTensor, _ prefix: String) -> SafetensorsWriter.Tensor {
    switch array.values {
    case .floats(let values):
        SafetensorsWriter.Tensor(
            name: "\(prefix)/\(array.name)", type: .float32, shape: array.shape, data: HostBuffer(values))
    case .integers(let values):
        SafetensorsWriter.Tensor(
            name: "\(prefix)/\(array.name)", type: .int64, shape: array.shape, data: HostBuffer(values))
    }
}

guard CommandLine.arguments.count == 2 else {
    throw BertError(.invalidArgument, "usage: SavedModels FOLDER")
}
for fixture in try ModelFixture.all() { try save(fixture, under: CommandLine.arguments[1]) }

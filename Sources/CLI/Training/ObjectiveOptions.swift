import ArgumentParser
import BertTraining

/// Options for additional objectives, and for the training of off-ramps.
struct ObjectiveOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Training of off-ramps: joint (higher weights for later layers), alternating (BERxiT), stage1, stage2 or two-stage (DeeBERT).",
            valueName: "name"),
        transform: choice)
    var exitTraining = TrainingArguments.ExitTraining.joint

    @Option(
        help: ArgumentHelp("Teacher model for distillation of its logits.", valueName: "folder"), completion: .directory
    )
    var teacher: String?

    @Option(help: ArgumentHelp("Weight of the labels in distillation.", valueName: "x"))
    var distillationAlpha = 0.5

    @Option(help: ArgumentHelp("Temperature of the logits in distillation.", valueName: "x"))
    var distillationTemperature = 2.0

    @Option(
        help: ArgumentHelp(
            "Loss of embeddings: multiple-negatives-ranking, cached-multiple-negatives-ranking, cosine-similarity, cosent, triplet or margin-mse; loss of cross-encoders: bce or mse (default: from the data).",
            valueName: "name"))
    var loss: String?

    @Option(
        help: ArgumentHelp(
            "Mini-batch size of gradient caching, for large batches of embeddings in little memory (default: no caching; 32 for a cached- loss).",
            valueName: "n"))
    var miniBatchSize: Int?

    @Option(help: ArgumentHelp("Share of tokens to mask for masked language modeling.", valueName: "x"))
    var mlmProbability = 0.15

    func apply(to arguments: inout TrainingArguments) {
        arguments.exitTraining = exitTraining
        arguments.distillationAlpha = distillationAlpha
        arguments.distillationTemperature = distillationTemperature
        arguments.mlmProbability = mlmProbability
        arguments.miniBatchSize = miniBatchSize
        arguments.embeddingLoss = ["bce", "mse"].contains(loss?.lowercased()) ? nil : loss
    }
}

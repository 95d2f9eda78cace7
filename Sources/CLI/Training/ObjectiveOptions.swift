import ArgumentParser
import BertTraining

/// Options for additional objectives, and for the training of off-ramps.
struct ObjectiveOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How off-ramps learn: joint (all at once, later layers weighing more), alternating (BERxiT), stage1, stage2 or two-stage (DeeBERT).",
            valueName: "name"),
        transform: choice)
    var exitTraining = TrainingArguments.ExitTraining.joint

    @Option(
        help: ArgumentHelp("A classifier whose logits are learnt besides.", valueName: "folder"), completion: .directory
    )
    var teacher: String?

    @Option(help: ArgumentHelp("The weight of the labels beside a teacher's logits.", valueName: "x"))
    var distillationAlpha = 0.5

    @Option(help: ArgumentHelp("What logits are divided by before they are compared with a teacher's.", valueName: "x"))
    var distillationTemperature = 2.0

    @Option(
        help: ArgumentHelp(
            "The loss: of vectors multiple-negatives-ranking, cosine-similarity, cosent, triplet or margin-mse; of a cross-encoder bce or mse (default: by the data).",
            valueName: "name"))
    var loss: String?

    @Option(help: ArgumentHelp("Share of words that a masked language model has to find.", valueName: "x"))
    var mlmProbability = 0.15

    func apply(to arguments: inout TrainingArguments) {
        arguments.exitTraining = exitTraining
        arguments.distillationAlpha = distillationAlpha
        arguments.distillationTemperature = distillationTemperature
        arguments.mlmProbability = mlmProbability
        arguments.embeddingLoss = ["bce", "mse"].contains(loss?.lowercased()) ? nil : loss
    }
}

import ArgumentParser
import Bert
import BertTraining

/// Options for the loss that gradients are computed for.
struct GradientOptions: ParsableArguments {
    @Flag(help: "Output the loss and the gradients grad.NAME of trainable parameters; requires labels.")
    var gradients = false

    @Option(
        help: ArgumentHelp(
            """
            With --gradients, training of off-ramps: stage1 (everything else), stage2 (only off-ramps) or joint (default: \
            joint).
            """, valueName: "stage"), transform: choice)
    var exitTraining: Objective.ExitTraining?

    @Option(
        help: ArgumentHelp(
            "With --gradients, freeze parameters whose names contain a match, for example 'embeddings|layer.[0-7]'.",
            valueName: "regex"))
    var freeze: String?

    @Option(
        help: ArgumentHelp(
            "With --gradients, precision of frozen linear layers: \(Self.precisions) (default: --precision).",
            valueName: "precision"),
        transform: { try Precision(parsing: $0, from: "--frozen-precision") })
    var frozenPrecision: Precision?

    @Option(
        help: ArgumentHelp(
            """
            With --gradients, loss of embeddings: \(Loss.names) (default: cosent with scores, otherwise \
            multiple-negatives-ranking).
            """, valueName: "name"), transform: choice)
    var loss: Loss?

    @Option(
        help: ArgumentHelp("Scale of the cosine similarity in embedding losses (default: 20).", valueName: "number"))
    var scale: Double?

    @Option(help: ArgumentHelp("Margin of the triplet loss (default: 5).", valueName: "number"))
    var margin: Double?

    @Option(
        help: ArgumentHelp(
            "Weight of the labels in distillation, from 0 to 1 (default: 0.5).", valueName: "share"))
    var alpha: Double?

    @Option(
        help: ArgumentHelp("Temperature of the logits in distillation (default: 2).", valueName: "number"))
    var temperature: Double?

    /// The losses of embeddings.
    enum Loss: String, CaseIterable {
        case multipleNegativesRanking = "multiple-negatives-ranking"
        case cosineSimilarity = "cosine-similarity"
        case cosent
        case triplet
        case marginMSE = "margin-mse"

        static let names = allCases.map(\.rawValue).joined(separator: ", ")
    }

    private static let precisions = Precision.allCases.map(\.rawValue).joined(separator: ", ")

    func validate() throws {
        let others: [(String, Bool)] = [
            ("--exit-training", exitTraining != nil), ("--freeze", freeze != nil),
            ("--frozen-precision", frozenPrecision != nil), ("--loss", loss != nil), ("--scale", scale != nil),
            ("--margin", margin != nil), ("--alpha", alpha != nil), ("--temperature", temperature != nil),
        ]
        if !gradients, let other = others.first(where: \.1) {
            throw ValidationError("\(other.0) requires --gradients")
        }
        if let alpha, !(0...1).contains(alpha) { throw ValidationError("--alpha must be from 0 to 1, not \(alpha)") }
        for (name, value) in [("--scale", scale), ("--temperature", temperature)] {
            if let value, !(value > 0 && value.isFinite) {
                throw ValidationError("\(name) must be above 0, not \(value)")
            }
        }
        if let margin, !margin.isFinite { throw ValidationError("--margin must be a finite number, not \(margin)") }
    }

    /// Returns the objective to minimize.
    ///
    /// - Parameter hasScores: Whether the inputs have scores for a loss of embeddings to compare with.
    func objective(hasScores: Bool) -> Objective {
        let vectors: EmbeddingLoss =
            switch loss ?? (hasScores ? .cosent : .multipleNegativesRanking) {
            case .multipleNegativesRanking: .multipleNegativesRanking(scale: scale ?? 20)
            case .cosineSimilarity: .cosineSimilarity
            case .cosent: .coSENT(scale: scale ?? 20)
            case .triplet: .triplet(margin: margin ?? 5)
            case .marginMSE: .marginMSE
            }
        return Objective(
            exitTraining: exitTraining,
            distillation: Objective.Distillation(alpha: alpha ?? 0.5, temperature: temperature ?? 2),
            embeddingLoss: vectors)
    }
}

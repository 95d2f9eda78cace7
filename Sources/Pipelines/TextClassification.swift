/// A label and its score: `{"label": …, "score": …}`.
public struct LabelScore: Sendable, Hashable, Codable {
    /// The label.
    public let label: String
    /// The score computed by the ``ScoreFunction``.
    public let score: Double

    /// Creates a label with its score.
    public init(label: String, score: Double) {
        self.label = label
        self.score = score
    }
}

/// The classification of one text.
///
/// Its JSON has the format of the pipeline in `transformers` without `top_k`, `{"label": …, "score": …}`, with an
/// additional `"exit_layer"` for models with off-ramps. ``top(_:)`` corresponds to the result with `top_k`.
public struct TextClassification: Sendable, Hashable {
    /// The label with the highest score.
    public let label: String
    /// The score of the label.
    public let score: Double
    /// The scores of all labels, in the order of the model.
    public let scores: [Double]
    /// The layer after which the text exited, starting at 1; the last one for models without off-ramps.
    public let exitLayer: Int
    private let labels: [String]
    private let hasOffRamps: Bool

    init(_ row: SequenceScorer.Row, labels: [String], function: ScoreFunction, hasOffRamps: Bool) {
        scores = function(row.logits)
        let best = ranking(scores).first ?? 0
        label = labels[best]
        score = scores[best]
        exitLayer = row.exitLayer
        self.labels = labels
        self.hasOffRamps = hasOffRamps
    }

    /// Returns the labels with the highest scores, in decreasing order: `top_k`.
    ///
    /// - Parameter count: The number of labels; nil for all.
    public func top(_ count: Int? = nil) -> [LabelScore] {
        ranking(scores).prefix(max(count ?? scores.count, 0)).map { LabelScore(label: labels[$0], score: scores[$0]) }
    }
}

extension TextClassification: Encodable {
    private enum CodingKeys: String, CodingKey {
        case label
        case score
        case exitLayer = "exit_layer"
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(label, forKey: .label)
        try members.encode(score, forKey: .score)
        if hasOffRamps { try members.encode(exitLayer, forKey: .exitLayer) }
    }
}

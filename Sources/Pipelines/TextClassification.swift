/// A label and how well it fits: `{"label": …, "score": …}`.
public struct LabelScore: Sendable, Hashable, Codable {
    /// The label.
    public let label: String
    /// Its score, as the ``ScoreFunction`` makes it.
    public let score: Double

    /// A label with its score.
    public init(label: String, score: Double) {
        self.label = label
        self.score = score
    }
}

/// What a classifier says of one text.
///
/// As JSON it is what the pipeline of `transformers` gives without `top_k`, `{"label": …, "score": …}`, with
/// `"exit_layer"` for a model with off-ramps; ``top(_:)`` is what it gives with one.
public struct TextClassification: Sendable, Hashable {
    /// The label that fits best.
    public let label: String
    /// Its score.
    public let score: Double
    /// The score of every label, in the model's order.
    public let scores: [Double]
    /// The layer after which the text left the network, counted from 1; the last one of a model without off-ramps.
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

    /// The labels that fit best, in that order: `top_k`.
    ///
    /// - Parameter count: how many; all if nil.
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

public import BertModels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The function that converts a classifier's logits to scores: `function_to_apply` in `transformers`.
public enum ScoreFunction: String, Sendable, CaseIterable {
    /// Independent probabilities for each label.
    case sigmoid
    /// Probabilities that sum to 1.
    case softmax
    /// Unmodified logits.
    case none

    /// Creates the default function of `transformers`: none for regression, sigmoid for multi-label classification or a
    /// single label, otherwise softmax.
    ///
    /// `transformers` reads `function_to_apply` in a configuration only if there are no labels.
    public init(_ config: BertConfig) {
        switch config.problemType {
        case .regression: self = .none
        case .multiLabelClassification: self = .sigmoid
        case .singleLabelClassification, nil: self = config.numLabels == 1 ? .sigmoid : .softmax
        }
    }

    /// Returns the scores of logits, in double precision.
    package func callAsFunction(_ logits: [Float]) -> [Double] {
        switch self {
        case .sigmoid: logits.map { Self.sigmoid(Double($0)) }
        case .softmax: BertModels.softmax(logits)
        case .none: logits.map(Double.init)
        }
    }

    static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}

public import BertModels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What makes scores of a classifier's logits: `function_to_apply` of `transformers`.
public enum ScoreFunction: String, Sendable, CaseIterable {
    /// Each label's own probability.
    case sigmoid
    /// Probabilities that sum up to 1.
    case softmax
    /// The logits themselves.
    case none

    /// The one that `transformers` chooses: none for a regression, the sigmoid for several labels at once and for a
    /// single label, else the softmax. (It reads `function_to_apply` of a configuration only if there are no labels.)
    public init(_ config: BertConfig) {
        switch config.problemType {
        case .regression: self = .none
        case .multiLabelClassification: self = .sigmoid
        case .singleLabelClassification, nil: self = config.numLabels == 1 ? .sigmoid : .softmax
        }
    }

    /// The scores of logits, in double precision.
    package func callAsFunction(_ logits: [Float]) -> [Double] {
        switch self {
        case .sigmoid: logits.map { 1 / (1 + exp(-Double($0))) }
        case .softmax: BertModels.softmax(logits)
        case .none: logits.map(Double.init)
        }
    }
}

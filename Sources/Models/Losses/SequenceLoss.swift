import BertCore

extension BertConfig {
    /// Returns the loss of a sequence classifier, selected by `problem_type`.
    ///
    /// If the configuration doesn't specify the type, it is derived for each call: regression for a single label,
    /// single-label classification for integer labels, multi-label classification for numeric labels. `transformers`
    /// instead stores the type of the first call in the configuration, and treats later labels of another kind
    /// incorrectly.
    ///
    /// - Parameter logits: `[sequences, labels]`, row-major.
    /// - Throws: ``BertError`` with code `invalidInput` if the labels have the wrong number or kind.
    func sequenceLoss(_ logits: [Float], _ labels: SequenceLabels) throws -> Float {
        let type: ProblemType
        if let problemType {
            type = problemType
        } else if numLabels == 1 {
            type = .regression
        } else if case .classes = labels {
            type = .singleLabelClassification
        } else if family.weighsLabels {
            return try Loss.weightedLogProbabilities(logits, classes: numLabels, weights: labels.numbers)
        } else {
            type = .multiLabelClassification
        }
        switch type {
        case .regression: return try Loss.meanSquaredError(logits, labels.numbers)
        case .singleLabelClassification:
            return try Loss.crossEntropy(logits, classes: numLabels, labels: labels.classes())
        case .multiLabelClassification: return try Loss.binaryCrossEntropy(logits, labels.numbers)
        }
    }

    /// Returns the loss of the research code's early-exit classifiers, which don't use `problem_type`: mean squared
    /// error for a single label, otherwise cross entropy.
    func exitLoss(_ logits: [Float], _ labels: SequenceLabels) throws -> Float {
        numLabels == 1
            ? try Loss.meanSquaredError(logits, labels.numbers)
            : try Loss.crossEntropy(logits, classes: numLabels, labels: labels.classes())
    }
}

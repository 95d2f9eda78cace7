import BertCore

extension BertConfig {
    /// The loss of a sequence classifier, by `problem_type`.
    ///
    /// Where the configuration doesn't say the type, each call decides anew: one label is a regression, several with
    /// integers are one class of several, several with numbers are any number of classes. (`transformers` writes the
    /// first call's decision into the configuration, and takes later labels of another kind for the wrong type.)
    ///
    /// - Parameter logits: `[sequences, labels]`, row by row.
    /// - Throws: ``BertError`` with code `invalidInput` for labels of another number or kind.
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

    /// The loss of the research code's early-exit classifiers, which don't know `problem_type`: mean squared error for
    /// one label, else cross entropy.
    func exitLoss(_ logits: [Float], _ labels: SequenceLabels) throws -> Float {
        numLabels == 1
            ? try Loss.meanSquaredError(logits, labels.numbers)
            : try Loss.crossEntropy(logits, classes: numLabels, labels: labels.classes())
    }
}

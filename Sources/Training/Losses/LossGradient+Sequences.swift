import BertCore
public import BertModels

extension LossGradient {
    /// Computes the loss of a sequence classifier, depending on `problem_type`.
    ///
    /// If the configuration doesn't specify the type, a single label is a regression, several labels with integers are
    /// a single-label classification, and several labels with floating-point numbers are a multi-label classification.
    ///
    /// - Parameters:
    ///   - logits: `[sequences, labels]` in row-major order.
    ///   - labels: The expected labels of the sequences.
    ///   - config: The classifier's configuration.
    ///   - smoothing: The label smoothing factor.
    /// - Throws: ``BertCore/BertError`` with code `invalidInput` for the wrong number or kind of labels.
    public static func sequences(
        _ logits: [Float], _ labels: SequenceLabels, _ config: BertConfig, smoothing: Double = 0
    ) throws -> LossGradient {
        let type: BertConfig.ProblemType
        if let given = config.problemType {
            type = given
        } else if config.numLabels == 1 {
            type = .regression
        } else if case .classes = labels {
            type = .singleLabelClassification
        } else if config.family.weighsLabels {
            return try weightedLogProbabilities(logits, classes: config.numLabels, weights: labels.numbers)
        } else {
            type = .multiLabelClassification
        }
        switch type {
        case .regression: return try meanSquaredError(logits, labels.numbers)
        case .singleLabelClassification:
            return try crossEntropy(
                logits, classes: config.numLabels, labels: labels.classes(), smoothing: smoothing)
        case .multiLabelClassification: return try binaryCrossEntropy(logits, labels.numbers)
        }
    }

    /// Computes the loss of the research code's early-exit classifiers, which don't support `problem_type`: the mean
    /// squared error for one label, and the cross-entropy otherwise.
    ///
    /// - Throws: ``BertCore/BertError`` with code `invalidInput` for the wrong number or kind of labels.
    public static func exit(
        _ logits: [Float], _ labels: SequenceLabels, _ config: BertConfig, smoothing: Double = 0
    ) throws -> LossGradient {
        try config.numLabels == 1
            ? meanSquaredError(logits, labels.numbers)
            : crossEntropy(logits, classes: config.numLabels, labels: labels.classes(), smoothing: smoothing)
    }

    /// Computes one half of the loss of a question answering model: the mean over sequences of the cross-entropy of
    /// their tokens. A position before the sequence counts as its first token. A position after the sequence is
    /// ignored.
    ///
    /// - Parameters:
    ///   - logits: `[tokens]` of all sequences.
    ///   - places: The index of the correct token of each sequence.
    ///   - sequences: The layout of the sequences.
    ///   - name: The name of the positions in messages.
    /// - Throws: ``BertCore/BertError`` with code `invalidInput` for the wrong number of positions.
    static func span(
        _ logits: [Float], _ places: [Int32], _ sequences: PackedSequences, name: String
    ) throws -> LossGradient {
        guard places.count == sequences.count else {
            throw BertError(
                .invalidInput, "\(name) has \(places.count) values for \(sequences.count) sequences", key: name)
        }
        var result = LossGradient(value: 0, gradient: Array(repeating: 0, count: logits.count))
        let counted = places.indices.filter { Int(places[$0]) < sequences[$0].count }
        for index in counted {
            let range = sequences[index]
            let loss = try crossEntropy(
                Array(logits[range]), classes: range.count, labels: [max(places[index], 0)], name: name)
            result.value += loss.value / Double(counted.count)
            for (place, slope) in zip(range, loss.gradient) { result.gradient[place] = slope / Double(counted.count) }
        }
        if counted.isEmpty { result.value = .nan }
        return result
    }
}

import BertCore
public import BertModels

extension LossGradient {
    /// The loss of a sequence classifier, by `problem_type`.
    ///
    /// Where the configuration doesn't say the type, one label is a regression, several with integers are one class of
    /// several, several with numbers are any number of classes.
    ///
    /// - Parameters:
    ///   - logits: `[sequences, labels]`, row by row.
    ///   - labels: what the sequences should have given.
    ///   - config: the classifier's configuration.
    ///   - smoothing: the share of a class that all classes have alike.
    /// - Throws: ``BertCore/BertError`` with code `invalidInput` for labels of another number or kind.
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

    /// The loss of the research code's early-exit classifiers, which don't know `problem_type`: mean squared error for one
    /// label, else cross entropy.
    ///
    /// - Throws: ``BertCore/BertError`` with code `invalidInput` for labels of another number or kind.
    public static func exit(
        _ logits: [Float], _ labels: SequenceLabels, _ config: BertConfig, smoothing: Double = 0
    ) throws -> LossGradient {
        try config.numLabels == 1
            ? meanSquaredError(logits, labels.numbers)
            : crossEntropy(logits, classes: config.numLabels, labels: labels.classes(), smoothing: smoothing)
    }

    /// One half of a question answerer's loss: the mean over sequences of the cross entropy of their tokens. A place before
    /// the sequence counts as its first; one behind it is left out.
    ///
    /// - Parameters:
    ///   - logits: `[tokens]`, all of every sequence.
    ///   - places: the right token of each sequence.
    ///   - sequences: where they lie.
    ///   - name: what the places are called in messages.
    /// - Throws: ``BertCore/BertError`` with code `invalidInput` for another number of places.
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

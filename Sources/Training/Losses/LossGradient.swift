import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A loss and its gradient with respect to a model's output, in float64.
public struct LossGradient: Sendable {
    /// The loss.
    public var value: Double
    /// The gradient with respect to each number of the output, in order.
    public var gradient: [Double]

    /// Creates a loss with its gradient.
    public init(value: Double, gradient: [Double]) {
        self.value = value
        self.gradient = gradient
    }

    /// The label that is ignored (`ignore_index` of `torch.nn.CrossEntropyLoss`).
    public static let ignored: Int32 = -100

    /// Returns the loss multiplied by a factor.
    public static func * (factor: Double, loss: LossGradient) -> LossGradient {
        LossGradient(value: factor * loss.value, gradient: loss.gradient.map { factor * $0 })
    }

    /// Returns the sum of two losses of the same output.
    public static func + (a: LossGradient, b: LossGradient) -> LossGradient {
        LossGradient(value: a.value + b.value, gradient: zip(a.gradient, b.gradient).map(+))
    }
}

// MARK: Losses of transformers' heads

extension LossGradient {
    /// Computes the mean of −log softmax(row)[label] over all rows. The gradient is (p − onehot) / N. As in PyTorch,
    /// the loss is NaN if every row is ignored.
    ///
    /// - Parameters:
    ///   - logits: `[rows, classes]`.
    ///   - classes: The number of classes.
    ///   - labels: A label for each row. −100 means that the row is ignored.
    ///   - smoothing: The label smoothing factor (`label_smoothing_factor`).
    ///   - name: The name of the labels in messages.
    /// - Throws: ``BertCore/BertError`` with code `invalidInput` for the wrong number of labels, or for a label that
    ///   isn't a class.
    public static func crossEntropy(
        _ logits: [Float], classes: Int, labels: [Int32], smoothing: Double = 0, name: String = "labels"
    ) throws -> LossGradient {
        try checkClasses(labels, classes: classes, logits: logits.count, name: name)
        let count = Double(labels.count { $0 != ignored })
        var result = LossGradient(value: 0, gradient: Array(repeating: 0, count: logits.count))
        for (row, label) in labels.enumerated() where label != ignored {
            let range = row * classes..<(row + 1) * classes
            let logProbabilities = logSoftmax(logits[range])
            let uniform = smoothing / Double(classes)
            for (index, place) in range.enumerated() {
                let target = (index == Int(label) ? 1 - smoothing : 0) + uniform
                if target != 0 { result.value -= target * logProbabilities[index] }
                result.gradient[place] = (exp(logProbabilities[index]) - target) / count
            }
        }
        result.value /= count
        return result
    }

    /// Checks that there is a label for each row, and that it is a class.
    static func checkClasses(_ labels: [Int32], classes: Int, logits: Int, name: String) throws {
        guard labels.count * classes == logits else {
            throw BertError(
                .invalidInput, "\(labels.count) values; expected \(logits / max(classes, 1))", key: name,
                value: .int(labels.count), limit: .int(logits / max(classes, 1)))
        }
        for (row, label) in labels.enumerated() where label != ignored && !(0..<Int32(classes)).contains(label) {
            throw BertError(
                .invalidInput,
                "the value is \(label); classes are 0 to \(classes - 1), and \(ignored) is ignored", record: row,
                of: "row", key: name, value: .int(Int(label)), limit: .int(classes - 1))
        }
    }

    /// Computes the mean of (x − y)². The gradient is 2(x − y) / n.
    ///
    /// - Throws: ``BertCore/BertError`` with code `invalidInput` for another number of targets.
    public static func meanSquaredError(_ values: [Float], _ targets: [Float]) throws -> LossGradient {
        try mean(values, targets) { x, y in ((x - y) * (x - y), 2 * (x - y)) }
    }

    /// Computes the mean binary cross-entropy of sigmoid(x) and y. The gradient is (sigmoid(x) − y) / n.
    ///
    /// - Throws: ``BertCore/BertError`` with code `invalidInput` for the wrong number of targets.
    public static func binaryCrossEntropy(_ logits: [Float], _ targets: [Float]) throws -> LossGradient {
        try mean(logits, targets) { x, y in
            (max(x, 0) - x * y + log1p(exp(-abs(x))), (x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))) - y)
        }
    }

    /// Computes the mean of −Σ weight · log softmax(row) over all rows, for the numeric labels of
    /// `transformers.DebertaV2ForSequenceClassification`.
    ///
    /// - Throws: ``BertCore/BertError`` with code `invalidInput` for the wrong number of weights.
    public static func weightedLogProbabilities(
        _ logits: [Float], classes: Int, weights: [Float]
    ) throws -> LossGradient {
        try expect(weights.count, logits.count)
        let rows = Double(logits.count / max(classes, 1))
        var result = LossGradient(value: 0, gradient: [])
        for start in stride(from: 0, to: logits.count, by: max(classes, 1)) {
            let logProbabilities = logSoftmax(logits[start..<start + classes])
            let row = weights[start..<start + classes].map(Double.init)
            let sum = row.reduce(0, +)
            for (weight, logProbability) in zip(row, logProbabilities) {
                result.value -= weight * logProbability / rows
                result.gradient.append((exp(logProbability) * sum - weight) / rows)
            }
        }
        return result
    }

    /// Computes T² · KL(softmax(teacher / T) ‖ softmax(student / T)), summed over classes and averaged over rows
    /// (Hinton et al., 2015). The gradient is T · (p_s − p_t) / N.
    ///
    /// - Throws: ``BertCore/BertError`` with code `invalidInput` if the teacher has a different number of logits.
    public static func distillation(
        _ logits: [Float], classes: Int, teacher: [Float], temperature: Double
    ) throws -> LossGradient {
        guard teacher.count == logits.count else {
            throw BertError(
                .invalidInput, "the teacher has \(teacher.count) logits, the model \(logits.count)",
                key: "teacher_logits")
        }
        guard temperature > 0, temperature.isFinite else {
            throw BertError(
                .invalidArgument, "the temperature of distillation must be above 0", key: "temperature",
                value: .double(temperature))
        }
        let rows = Double(logits.count / max(classes, 1))
        var result = LossGradient(value: 0, gradient: [])
        for start in stride(from: 0, to: logits.count, by: max(classes, 1)) {
            let student = logSoftmax(logits[start..<start + classes], temperature: temperature)
            let wanted = logSoftmax(teacher[start..<start + classes], temperature: temperature)
            for (s, t) in zip(student, wanted) {
                let p = exp(t)
                if p > 0 { result.value += temperature * temperature * p * (t - s) / rows }
                result.gradient.append(temperature * (exp(s) - p) / rows)
            }
        }
        return result
    }

    static func logSoftmax(_ row: ArraySlice<Float>, temperature: Double = 1) -> [Double] {
        let scaled = row.map { Double($0) / temperature }
        let greatest = scaled.max() ?? 0
        let sum = scaled.reduce(0) { $0 + exp($1 - greatest) }
        return scaled.map { $0 - greatest - log(sum) }
    }

    private static func mean(
        _ values: [Float], _ targets: [Float], _ loss: (Double, Double) -> (value: Double, slope: Double)
    ) throws -> LossGradient {
        try expect(targets.count, values.count)
        let count = Double(values.count)
        var result = LossGradient(value: 0, gradient: [])
        result.gradient.reserveCapacity(values.count)
        for (x, y) in zip(values, targets) {
            let (value, slope) = loss(Double(x), Double(y))
            result.value += value
            result.gradient.append(slope / count)
        }
        result.value /= count
        return result
    }

    private static func expect(_ labels: Int, _ logits: Int) throws {
        guard labels == logits else {
            throw BertError(
                .invalidInput, "\(labels) values; expected \(logits), one per logit", key: "labels",
                value: .int(labels),
                limit: .int(logits))
        }
    }
}

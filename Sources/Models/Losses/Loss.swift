import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The losses of the heads in `transformers`, computed in double precision from float32 logits.
enum Loss {
    /// The ignored label (`ignore_index` of `torch.nn.CrossEntropyLoss`).
    static let ignored: Int32 = -100

    /// Returns the mean over rows of −log softmax(row)[label]; NaN, as in PyTorch, if all rows are ignored.
    ///
    /// - Parameters:
    ///   - logits: `[rows, classes]`.
    ///   - labels: One label per row.
    ///   - ignoring: The label of ignored rows.
    /// - Throws: ``BertError`` with code `invalidInput` if the number of labels is wrong or a label isn't a class.
    static func crossEntropy(
        _ logits: [Float], classes: Int, labels: [Int32], ignoring ignored: Int32 = Loss.ignored,
        name: String = "labels"
    ) throws -> Float {
        guard labels.count * classes == logits.count else {
            throw BertError(
                .invalidInput, "\(labels.count) values; expected \(logits.count / max(classes, 1))", key: name,
                value: .int(labels.count), limit: .int(logits.count / max(classes, 1)))
        }
        var (sum, count) = (0.0, 0)
        for (row, label) in labels.enumerated() where label != ignored {
            guard label >= 0, label < classes else {
                throw BertError(
                    .invalidInput,
                    "the value at position \(row) is \(label); classes are 0 to \(classes - 1), and \(ignored) is ignored",
                    key: name, value: .int(Int(label)), limit: .int(classes - 1))
            }
            sum -= logSoftmax(logits[row * classes..<(row + 1) * classes], Int(label))
            count += 1
        }
        return Float(sum / Double(count))
    }

    /// Returns the mean of (x − y)².
    static func meanSquaredError(_ values: [Float], _ targets: [Float]) throws -> Float {
        try mean(values, targets) { ($0 - $1) * ($0 - $1) }
    }

    /// Returns the mean binary cross entropy of sigmoid(x) and y, in a form that doesn't overflow.
    static func binaryCrossEntropy(_ logits: [Float], _ targets: [Float]) throws -> Float {
        try mean(logits, targets) { max($0, 0) - $0 * $1 + log1p(exp(-abs($0))) }
    }

    /// Returns the mean over rows of −Σ weight · log softmax(row) (`transformers.DebertaV2ForSequenceClassification`
    /// with numeric labels).
    static func weightedLogProbabilities(_ logits: [Float], classes: Int, weights: [Float]) throws -> Float {
        guard weights.count == logits.count else {
            throw BertError(
                .invalidInput, "\(weights.count) values; expected \(logits.count), one per logit", key: "labels",
                value: .int(weights.count), limit: .int(logits.count))
        }
        var sum = 0.0
        for start in stride(from: 0, to: logits.count, by: max(classes, 1)) {
            let row = logits[start..<start + classes]
            for label in 0..<classes { sum -= Double(weights[start + label]) * logSoftmax(row, label) }
        }
        return Float(sum / Double(logits.count / max(classes, 1)))
    }

    private static func mean(
        _ values: [Float], _ targets: [Float], _ loss: (Double, Double) -> Double
    ) throws -> Float {
        guard values.count == targets.count else {
            throw BertError(
                .invalidInput, "\(targets.count) values; expected \(values.count), one per logit", key: "labels",
                value: .int(targets.count), limit: .int(values.count))
        }
        return Float(zip(values, targets).reduce(0) { $0 + loss(Double($1.0), Double($1.1)) } / Double(values.count))
    }

    private static func logSoftmax(_ row: ArraySlice<Float>, _ index: Int) -> Double {
        let greatest = Double(row.max() ?? 0)
        let sum = row.reduce(0) { $0 + exp(Double($1) - greatest) }
        return Double(row[row.startIndex + index]) - greatest - log(sum)
    }
}

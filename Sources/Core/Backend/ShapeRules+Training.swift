extension ShapeRules {
    /// Checks a dropout of `count` elements.
    public static func dropout(_ dropout: Dropout, count: Int) throws {
        guard dropout.rate >= 0, dropout.rate < 1 else {
            throw BertError(
                .invalidArgument, "the dropout rate \(dropout.rate) is invalid; it must be at least 0 and less than 1")
        }
        guard count <= 1 << 35 else {
            throw BertError(.invalidArgument, "dropout supports at most 2³⁵ elements, not \(count)")
        }
    }

    /// Checks the operands of a cross-entropy loss.
    public static func crossEntropy(_ logits: Tensor, labels: Tensor, _ options: CrossEntropyOptions) throws {
        guard logits.shape.count == 2 else {
            throw BertError(.invalidShape, "logits must have the shape [rows, classes], not \(logits.shape)")
        }
        try indices(labels)
        guard labels.shape[0] == logits.shape[0] else {
            throw BertError(
                .invalidShape, "labels of shape \(labels.shape) don't match logits of shape \(logits.shape)")
        }
        guard options.smoothing >= 0, options.smoothing <= 1 else {
            throw BertError(.invalidArgument, "label smoothing must be from 0 to 1, not \(options.smoothing)")
        }
    }

    /// Checks the labels of a cross-entropy loss.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` for the first label that is neither a class nor ignored.
    public static func labels(
        _ labels: Span<Int32>, classes: Int, _ options: CrossEntropyOptions
    ) throws {
        for row in labels.indices {
            let label = labels[row]
            guard label != options.ignoredLabel, !(0..<classes).contains(Int(label)) else { continue }
            throw BertError(
                .invalidArgument,
                "the label \(label) of row \(row) must be below \(classes), the number of classes, or \(options.ignoredLabel), which is ignored"
            )
        }
    }

    /// Checks the operands of an AdamW step.
    public static func adamW(_ state: AdamWState, gradient: Tensor) throws {
        let shape = state.parameter.shape
        for (what, tensor) in [
            ("first moment", state.firstMoment), ("second moment", state.secondMoment), ("gradient", gradient),
        ] where tensor.shape != shape {
            throw BertError(
                .invalidShape, "a \(what) of shape \(tensor.shape) doesn't match a parameter of shape \(shape)")
        }
    }
}

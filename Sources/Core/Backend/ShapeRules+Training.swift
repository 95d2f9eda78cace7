extension ShapeRules {
    /// Checks a dropout of `count` elements.
    public static func dropout(_ dropout: Dropout, count: Int) throws {
        guard dropout.rate >= 0, dropout.rate < 1 else {
            throw BertError(
                .invalidArgument, "a dropout of \(dropout.rate) is none of the rates from 0 up to, but without, 1")
        }
        guard count <= 1 << 35 else {
            throw BertError(.invalidArgument, "a dropout of \(count) elements: at most 2³⁵ have a number of their own")
        }
    }

    /// Checks the operands of a cross-entropy loss.
    public static func crossEntropy(_ logits: Tensor, labels: Tensor, _ options: CrossEntropyOptions) throws {
        guard logits.shape.count == 2 else {
            throw BertError(.invalidShape, "logits are [rows, classes]; these are \(logits.shape)")
        }
        try indices(labels)
        guard labels.shape[0] == logits.shape[0] else {
            throw BertError(.invalidShape, "labels of \(labels.shape) do not go with logits of \(logits.shape)")
        }
        guard options.smoothing >= 0, options.smoothing <= 1 else {
            throw BertError(.invalidArgument, "labels can't be smoothed by \(options.smoothing): from 0 to 1")
        }
    }

    /// Checks the labels of a cross-entropy loss.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` for the first label that is neither a class nor ignored.
    public static func labels(
        _ labels: UnsafeBufferPointer<Int32>, classes: Int, _ options: CrossEntropyOptions
    ) throws {
        for (row, label) in labels.enumerated()
        where label != options.ignoredLabel && !(0..<classes).contains(Int(label)) {
            throw BertError(
                .invalidArgument,
                "label \(label) of row \(row) is none of \(classes) classes, and not \(options.ignoredLabel), which is ignored"
            )
        }
    }

    /// Checks the operands of an AdamW step.
    public static func adamW(_ state: AdamWState, gradient: Tensor) throws {
        let shape = state.parameter.shape
        for (what, tensor) in [
            ("first moment", state.firstMoment), ("second moment", state.secondMoment), ("gradient", gradient),
        ] where tensor.shape != shape {
            throw BertError(.invalidShape, "a \(what) of \(tensor.shape) does not go with a parameter of \(shape)")
        }
    }
}

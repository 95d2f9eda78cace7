/// The default implementations of the training operations, in terms of primitives.
extension ComputeBackend {
    public func prepareLinearForStep(weight: Tensor, bias: Tensor?) throws -> PreparedLinear {
        try prepareLinear(weight: weight, bias: bias)
    }

    public func dropout(_ x: Tensor, _ dropout: Dropout) throws -> Tensor {
        let count = x.shape.elementCount
        try ShapeRules.dropout(dropout, count: count)
        return try binary(.multiply, x, constant(dropout.factors(0..<count), shape: x.shape))
    }

    public func crossEntropy(_ logits: Tensor, labels: Tensor, _ options: CrossEntropyOptions) throws -> CrossEntropy {
        try ShapeRules.crossEntropy(logits, labels: labels, options)
        let (rows, classes) = (logits.shape[0], logits.shape[1])
        let numbers = try int32(labels)
        try ShapeRules.labels(numbers.span, classes: classes, options)
        guard rows > 0, classes > 0 else {
            // Without classes, every label is ignored.
            return CrossEntropy(
                losses: try constant([Float](repeating: 0, count: rows), shape: [rows]),
                gradient: try binary(.add, logits, constant(0)))
        }
        let counts = try constant(numbers.map { $0 == options.ignoredLabel ? 0 : 1 }, shape: [rows, 1])
        guard rows * classes <= Int(Int32.max) else {
            throw BertError(
                .unsupported, "a cross entropy of \(logits.shape): too many logits for 32-bit indices")
        }
        let places = try indices(
            numbers.enumerated().map { Int32($0 * classes) + ($1 == options.ignoredLabel ? 0 : $1) })
        let shifted = try binary(.subtract, logits, reduce(.maximum, logits, axis: 1))
        let exponentials = try unary(.exp, shifted)
        let sum = try reduce(.sum, exponentials, axis: 1)
        let own = try gatherRows(shifted.reshaped(to: [rows * classes, 1]), indices: places)
        let (kept, shared) = (try constant(1 - options.smoothing), try constant(options.smoothing / Float(classes)))
        var target = try binary(.multiply, own, kept)
        var gradient = try binary(.divide, exponentials, sum)
        let ones = try binary(.multiply, kept, counts)
        let hot = try scatterAddRows(ones, indices: places, rowCount: rows * classes)
        gradient = try binary(.subtract, gradient, hot.reshaped(to: logits.shape))
        if options.smoothing > 0 {
            target = try binary(.add, target, binary(.multiply, reduce(.sum, shifted, axis: 1), shared))
            gradient = try binary(.subtract, gradient, shared)
        }
        return CrossEntropy(
            losses: try binary(.multiply, binary(.subtract, unary(.log, sum), target), counts).reshaped(to: [rows]),
            gradient: try binary(.multiply, gradient, binary(.multiply, counts, constant(options.scale))))
    }

    /// Returns the elements of an int32 tensor.
    func int32(_ tensor: Tensor) throws -> [Int32] { try elements(of: tensor) }

    public func sumOfSquares(_ tensors: [Tensor]) throws -> Double {
        var sum = 0.0
        for tensor in tensors {
            let elements = try floats(tensor)
            sum = SumOfSquares.of(elements.span, startingFrom: sum)
        }
        return sum
    }

    public func adamW(_ state: consuming AdamWState, gradient: Tensor, _ step: AdamW) throws -> AdamWState {
        try ShapeRules.adamW(state, gradient: gradient)
        func times(_ x: Tensor, _ factor: Float) throws -> Tensor { try binary(.multiply, x, constant(factor)) }
        let (parameter, m, v) = (state.parameter, state.firstMoment, state.secondMoment)
        let g = step.gradientScale == 1 ? gradient : try times(gradient, step.gradientScale)
        let first = try binary(.add, m, times(binary(.subtract, g, m), step.firstShare))
        let second = try binary(
            .add, times(v, step.secondKept), times(binary(.multiply, g, g), step.secondShare))
        let root = try binary(.divide, unary(.sqrt, second), constant(step.correction))
        let change = try binary(.divide, first, binary(.add, root, constant(step.epsilon)))
        return AdamWState(
            parameter: try binary(.subtract, times(parameter, step.decay), times(change, step.stepSize)),
            firstMoment: first, secondMoment: second)
    }
}

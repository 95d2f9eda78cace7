public import BertCore
import CBertKernels

extension HostKernels {
    public func dropout(_ x: Tensor, _ dropout: Dropout) throws -> Tensor {
        try ShapeRules.dropout(dropout, count: x.shape.elementCount)
        let source = try floats(x)
        let mask = bert_dropout_mask(dropout)
        return try memory.floats(x.shape) { out in
            workers.forEachRange(x.shape.elementCount, grain: Grain.demanding) { range in
                withUnsafePointer(to: mask) {
                    routines.pointee.dropout(
                        $0, UInt64(range.lowerBound), range.count, source + range.lowerBound, out + range.lowerBound)
                }
            }
        }
    }

    public func crossEntropy(_ logits: Tensor, labels: Tensor, _ options: CrossEntropyOptions) throws -> CrossEntropy {
        try ShapeRules.crossEntropy(logits, labels: labels, options)
        let (source, numbers) = (try floats(logits), try integers(labels))
        let (rows, n) = (logits.shape[0], logits.shape[1])
        try ShapeRules.labels(UnsafeBufferPointer(start: numbers, count: rows).span, classes: n, options)
        var gradient: Tensor?
        let losses = try memory.floats([rows]) { losses in
            losses.update(repeating: 0, count: rows)
            gradient = try memory.floats(logits.shape) { out in
                forEachRows(rows, of: n, elements: Grain.demanding) { range in
                    let start = range.lowerBound
                    routines.pointee.cross_entropy(
                        range.count, n, source + start * n, n, numbers + start, options.ignoredLabel,
                        options.smoothing, options.scale, losses + start, out + start * n, n)
                }
            }
        }
        return CrossEntropy(losses: losses, gradient: gradient ?? logits)
    }

    public func sumOfSquares(_ tensors: [Tensor]) throws -> Double {
        try tensors.reduce(0) { sum, tensor in
            let source = try floats(tensor)
            let (count, block) = (tensor.shape.elementCount, SumOfSquares.block)
            let blocks = (count + block - 1) / block
            let parts = [Double](unsafeUninitializedCapacity: blocks) { parts, initialized in
                let start = parts.baseAddress
                workers.forEachRange(blocks, grain: Grain.simple / block) { range in
                    for index in range {
                        start?[index] = routines.pointee.sum_of_squares(
                            min(block, count - index * block), source + index * block)
                    }
                }
                initialized = blocks
            }
            return parts.reduce(sum, +)
        }
    }

    /// Updates in place if the tensors are uniquely referenced.
    public func adamW(_ state: consuming AdamWState, gradient: Tensor, _ step: AdamW) throws -> AdamWState {
        try ShapeRules.adamW(state, gradient: gradient)
        let g = try floats(gradient)
        let (p, m, v) = (try floats(state.parameter), try floats(state.firstMoment), try floats(state.secondMoment))
        let shape = state.parameter.shape
        let parameter = try target(&state.parameter)
        let first = try target(&state.firstMoment)
        let second = try target(&state.secondMoment)
        let (newP, newM, newV) = (try writable(parameter), try writable(first), try writable(second))
        let factors = bert_adamw_step(
            decay: step.decay, firstShare: step.firstShare, secondKept: step.secondKept, secondShare: step.secondShare,
            stepSize: step.stepSize, correction: step.correction, epsilon: step.epsilon,
            gradientScale: step.gradientScale)
        workers.forEachRange(shape.elementCount, grain: Grain.simple) { range in
            let start = range.lowerBound
            withUnsafePointer(to: factors) {
                routines.pointee.adamw(
                    $0, range.count, g + start, p + start, m + start, v + start, newP + start, newM + start,
                    newV + start)
            }
        }
        withExtendedLifetime((state, gradient)) {}
        return AdamWState(parameter: parameter, firstMoment: first, secondMoment: second)
    }

    /// Returns a tensor to write new elements to: the same one if it is uniquely referenced.
    private func target(_ tensor: inout Tensor) throws -> Tensor {
        if tensor.isAlone(), let storage = tensor.storage as? HostStorage, storage.isWritable() { return tensor }
        return try memory.floats(tensor.shape) { _ in }
    }

    private func writable(_ tensor: Tensor) throws -> UnsafeMutablePointer<Float> {
        UnsafeMutablePointer(mutating: try floats(tensor))
    }
}

extension bert_dropout_mask {
    init(_ dropout: Dropout) {
        self.init(
            seedLow: UInt32(truncatingIfNeeded: dropout.seed), seedHigh: UInt32(truncatingIfNeeded: dropout.seed >> 32),
            site: dropout.site, step: dropout.step, threshold: dropout.threshold, factor: dropout.factor)
    }
}

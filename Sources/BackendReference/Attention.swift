public import BertCore

extension ReferenceBackend {
    public func attention(_ input: AttentionInput, _ options: AttentionOptions) throws -> AttentionOutput {
        let sizes = try ShapeRules.attention(input, options)
        let operands = try AttentionOperands(input, options, sizes, backend: self)
        let heads = options.heads
        let width = heads * sizes.valueSize
        let scores = SequenceScores(options)

        func compute(_ probabilities: UnsafeMutablePointer<Float>?) throws -> Tensor {
            try memory.floats([options.sequences.totalLength, width]) { out in
                let failure = FirstFailure()
                workers.forEach(options.sequences.count * heads) { task in
                    let (sequence, head) = (task / heads, task % heads)
                    failure.record {
                        try attend(
                            operands, sequence: sequence, head: head, sizes, options,
                            scoreStart: scores.starts[sequence], out: out, probabilities: probabilities)
                    }
                }
                try failure.check()
            }
        }
        guard options.returnsProbabilities else {
            return AttentionOutput(context: try compute(nil), probabilities: nil)
        }
        var context: Tensor?
        let probabilities = try memory.floats([heads * scores.total]) { context = try compute($0) }
        return AttentionOutput(context: try context ?? compute(nil), probabilities: probabilities)
    }

    /// One head of one sequence: scores, softmax, weighted sum of the values.
    private func attend(
        _ operands: AttentionOperands, sequence: Int, head: Int, _ sizes: ShapeRules.Attention,
        _ options: AttentionOptions, scoreStart: Int, out: UnsafeMutablePointer<Float>,
        probabilities: UnsafeMutablePointer<Float>?
    ) throws {
        let (rows, keys) = (options.sequences[sequence], options.keySequences[sequence])
        guard !rows.isEmpty else { return }
        let query = operands.query.row(rows.lowerBound) + head * sizes.headSize
        let key = operands.key.row(keys.lowerBound) + head * sizes.headSize
        let value = operands.value.row(keys.lowerBound) + head * sizes.valueSize
        let transposedKeys = try PackedMatrix(
            key, k: sizes.headSize, n: keys.count, rowStride: 1, columnStride: operands.key.stride, memory: memory)
        let values = try PackedMatrix(
            value, k: keys.count, n: sizes.valueSize, rowStride: operands.value.stride, columnStride: 1, memory: memory)
        let scratch = try memory.allocate(max(1, rows.count * keys.count) * MemoryLayout<Float>.size)
        defer { withExtendedLifetime(scratch) {} }
        let scores = scratch.start.assumingMemoryBound(to: Float.self)

        transposedKeys.multiply(
            query, rows: 0..<rows.count, stride: operands.query.stride, panels: 0..<transposedKeys.panelCount,
            scale: options.scale, into: scores, outStride: keys.count)
        for row in 0..<rows.count {
            let line = scores + row * keys.count
            if let mask = operands.mask {
                let maskLine = mask + scoreStart + row * keys.count
                for i in 0..<keys.count { line[i] += maskLine[i] }
            }
            softmaxInPlace(line, count: keys.count)
            if let headScale = operands.headScale { for i in 0..<keys.count { line[i] *= headScale[head] } }
        }
        if let probabilities {
            let block = probabilities + options.heads * scoreStart + head * rows.count * keys.count
            block.update(from: scores, count: rows.count * keys.count)
        }
        let width = options.heads * sizes.valueSize
        values.multiply(
            scores, rows: 0..<rows.count, stride: keys.count, panels: 0..<values.panelCount, scale: 1,
            into: out + rows.lowerBound * width + head * sizes.valueSize, outStride: width)
    }
}

/// Where each sequence's scores begin in a packed mask.
private struct SequenceScores {
    var starts: [Int] = []
    var total = 0

    init(_ options: AttentionOptions) {
        for index in 0..<options.sequences.count {
            starts.append(total)
            total += options.sequences[index].count * options.keySequences[index].count
        }
    }
}

/// The operands of an attention call as pointers and strides.
private struct AttentionOperands {
    struct Rows {
        let start: UnsafePointer<Float>
        let stride: Int
        func row(_ index: Int) -> UnsafePointer<Float> { start + index * stride }
    }
    let query, key, value: Rows
    let mask, headScale: UnsafePointer<Float>?

    init(
        _ input: AttentionInput, _ options: AttentionOptions, _ sizes: ShapeRules.Attention,
        backend: ReferenceBackend
    ) throws {
        switch input {
        case .fused(let qkv):
            let (start, width) = (try backend.view(qkv).floats, options.heads * sizes.headSize)
            query = Rows(start: start, stride: 3 * width)
            key = Rows(start: start + width, stride: 3 * width)
            value = Rows(start: start + 2 * width, stride: 3 * width)
        case .separate(let q, let k, let v):
            query = Rows(start: try backend.view(q).floats, stride: q.shape[1])
            key = Rows(start: try backend.view(k).floats, stride: k.shape[1])
            value = Rows(start: try backend.view(v).floats, stride: v.shape[1])
        }
        mask = try options.mask.map { try backend.view($0).floats }
        headScale = try options.headScale.map { try backend.view($0).floats }
    }
}

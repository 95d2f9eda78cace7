public import BertCore
import CBertKernels

extension HostKernels {
    /// Computes the attention gradient with one kernel call per head and sequence; returns nil if scores depend on
    /// distances or values and keys have different widths, for which there is no kernel.
    public func attentionGradient(
        _ input: AttentionInput, _ options: AttentionOptions, gradient: Tensor
    ) throws -> AttentionGradient? {
        let sizes = try ShapeRules.attentionGradient(input, options, gradient: gradient)
        guard sizes.headSize == sizes.valueSize, options.reach == nil, options.distanceBias == nil,
            options.relative == nil
        else { return nil }
        let width = options.heads * sizes.headSize
        let g = try floats(gradient)
        func compute(_ results: [UnsafeMutablePointer<Float>], stride: Int) throws {
            let heads = try AttentionGradientHeads(
                input, options, width: sizes.headSize, gradient: g, results: results, stride: stride, for: self)
            let failure = FirstFailure()
            workers.forEach(options.sequences.count * options.heads) { index in
                failure.record { try heads.compute(index, self) }
            }
            try failure.check()
        }
        let (queries, keys) = (options.sequences.totalLength, options.keySequences.totalLength)
        switch input {
        case .fused:
            let result = try memory.floats([queries, 3 * width]) {
                try compute([$0, $0 + width, $0 + 2 * width], stride: 3 * width)
            }
            return AttentionGradient(input: .fused(result))
        case .separate:
            let results = try [queries, keys, keys].map { try memory.floats([$0, width]) { _ in } }
            try compute(results.map { UnsafeMutablePointer(mutating: try floats($0)) }, stride: width)
            return AttentionGradient(input: .separate(query: results[0], key: results[1], value: results[2]))
        }
    }
}

/// The heads of all sequences of a call.
private struct AttentionGradientHeads: @unchecked Sendable {
    // Pointers into operands and results, which live until the call is done. Heads write to disjoint memory.
    private let operands: [UnsafePointer<Float>]
    private let operandStride: Int
    private let gradient: UnsafePointer<Float>
    private let results: [UnsafeMutablePointer<Float>]
    private let resultStride: Int
    private let mask: UnsafePointer<Float>?
    private let headScale: UnsafePointer<Float>?
    private let dropout: bert_dropout_mask?
    private let rotation: RotationTables?
    private let options: AttentionOptions
    private let width: Int
    private let scoreStarts: [Int]

    init(
        _ input: AttentionInput, _ options: AttentionOptions, width: Int, gradient: UnsafePointer<Float>,
        results: [UnsafeMutablePointer<Float>], stride: Int, for kernels: HostKernels
    ) throws {
        (self.options, self.width, self.gradient) = (options, width, gradient)
        (self.results, resultStride) = (results, stride)
        let rowWidth = options.heads * width
        switch input {
        case .fused(let tensor):
            let start = try kernels.floats(tensor)
            (operands, operandStride) = ([start, start + rowWidth, start + 2 * rowWidth], 3 * rowWidth)
        case .separate(let query, let key, let value):
            (operands, operandStride) = (try [query, key, value].map(kernels.floats), rowWidth)
        }
        mask = try options.mask.map(kernels.floats)
        headScale = try options.headScale.map(kernels.floats)
        dropout = options.dropout.map(bert_dropout_mask.init)
        rotation = try RotationTables(options, turnsBack: true, for: kernels)
        // Validate positions even if they aren't used.
        _ = try AttentionPositions(options, width: width, for: kernels)
        var starts = [0]
        for index in 0..<options.sequences.count {
            starts.append(starts[index] + options.sequences[index].count * options.keySequences[index].count)
        }
        scoreStarts = starts
    }

    /// Computes one head of one sequence.
    func compute(_ index: Int, _ kernels: HostKernels) throws {
        let (sequence, head) = (index / options.heads, index % options.heads)
        let (queries, keys) = (options.sequences[sequence], options.keySequences[sequence])
        let (column, rowWidth) = (head * width, options.heads * width)
        func operand(_ which: Int, _ row: Int) -> UnsafePointer<Float> {
            operands[which] + row * operandStride + column
        }
        func result(_ which: Int, _ row: Int) -> UnsafeMutablePointer<Float> {
            results[which] + row * resultStride + column
        }
        var call = bert_attention_head_gradient(
            queries: queries.count, keys: keys.count, width: width, scale: options.scale,
            q: operand(0, queries.lowerBound), ldq: operandStride, k: operand(1, keys.lowerBound), ldk: operandStride,
            v: operand(2, keys.lowerBound), ldv: operandStride, mask: mask.map { $0 + scoreStarts[sequence] },
            ldm: keys.count, zeroesMaskedRows: options.fullyMaskedRows == .zeros,
            headScale: headScale.map { $0[head] } ?? 1, dropout: nil,
            first: UInt64(scoreStarts[sequence] * options.heads + head * queries.count * keys.count),
            g: gradient + queries.lowerBound * rowWidth + column, ldg: rowWidth, dq: result(0, queries.lowerBound),
            lddq: resultStride, dk: result(1, keys.lowerBound), lddk: resultStride, dv: result(2, keys.lowerBound),
            lddv: resultStride)
        let needed = bert_attention_gradient_scratch(keys.count, width)
        let rotated = rotation == nil ? 0 : 2 * (queries.count + keys.count) * width
        guard needed >= 0, needed < 1 << 48 else {
            throw BertError(
                .outOfMemory, "not enough memory for the scores of \(queries.count) queries and \(keys.count) keys")
        }
        let scratch = try kernels.memory.allocate((needed + rotated) * MemoryLayout<Float>.size)
        withExtendedLifetime(scratch) {
            var working = scratch.start.assumingMemoryBound(to: Float.self)
            let (dq, dk) = (call.dq, call.dk)
            if let rotation {
                working = rotation.rotate(&call, queries: queries, keys: keys, into: working, kernels)
            }
            withUnsafePointer(to: dropout) {
                call.dropout = pointer($0)
                kernels.routines.pointee.attention_gradient(&call, working)
            }
            rotation?.turnBack(call, queries: queries, keys: keys, dq: dq, dk: dk, stride: resultStride, kernels)
        }
    }
}

extension RotationTables {
    /// Makes a head use rotated copies of queries and keys in `memory`, followed by their gradients. Returns the end of
    /// the used memory.
    fileprivate func rotate(
        _ call: inout bert_attention_head_gradient, queries: Range<Int>, keys: Range<Int>,
        into memory: UnsafeMutablePointer<Float>, _ kernels: HostKernels
    ) -> UnsafeMutablePointer<Float> {
        let width = call.width
        let keyRows = memory + queries.count * width
        turn(call.q, call.ldq, isKeys: false, rows: queries, into: memory, width, kernels)
        turn(call.k, call.ldk, isKeys: true, rows: keys, into: keyRows, width, kernels)
        (call.q, call.ldq, call.k, call.ldk) = (UnsafePointer(memory), width, UnsafePointer(keyRows), width)
        call.dq = keyRows + keys.count * width
        call.dk = call.dq + queries.count * width
        (call.lddq, call.lddk) = (width, width)
        return call.dk + keys.count * width
    }

    /// Rotates the computed gradients back and writes them to the results.
    fileprivate func turnBack(
        _ call: bert_attention_head_gradient, queries: Range<Int>, keys: Range<Int>, dq: UnsafeMutablePointer<Float>,
        dk: UnsafeMutablePointer<Float>, stride: Int, _ kernels: HostKernels
    ) {
        turn(call.dq, call.lddq, isKeys: false, isBack: true, rows: queries, into: dq, stride, kernels)
        turn(call.dk, call.lddk, isKeys: true, isBack: true, rows: keys, into: dk, stride, kernels)
    }
}

public import BertCore
import CBertKernels

extension HostKernels {
    /// Computes attention with one kernel call per head and sequence; returns nil if values and keys have different
    /// widths, for which there is no kernel.
    public func attention(_ input: AttentionInput, _ options: AttentionOptions) throws -> AttentionOutput? {
        let sizes = try ShapeRules.attention(input, options)
        guard sizes.headSize == sizes.valueSize else { return nil }
        let heads = try AttentionHeads(input, options, width: sizes.headSize, for: self)
        let shape: Shape = [options.sequences.totalLength, options.heads * sizes.headSize]
        func context(_ probabilities: UnsafeMutablePointer<Float>?) throws -> Tensor {
            try memory.floats(shape) { try attend(heads, context: $0, probabilities: probabilities) }
        }
        guard options.returnsProbabilities else {
            return AttentionOutput(context: try context(nil), probabilities: nil)
        }
        var result: Tensor?
        let probabilities = try memory.floats([options.heads * options.scoreCount]) { result = try context($0) }
        return try AttentionOutput(context: result ?? context(nil), probabilities: probabilities)
    }

    private func attend(
        _ heads: AttentionHeads, context: UnsafeMutablePointer<Float>, probabilities: UnsafeMutablePointer<Float>?
    ) throws {
        // For less work than this, dispatching a piece costs more than it saves.
        let grain = max(1, Int(100_000 * Double(heads.count) / max(heads.work, 1)))
        let failure = FirstFailure()
        workers.forEach((heads.count + grain - 1) / grain) { piece in
            failure.record {
                for index in piece * grain..<min(heads.count, (piece + 1) * grain) {
                    try heads.attend(index, context: context, probabilities: probabilities, self)
                }
            }
        }
        try failure.check()
    }
}

/// The heads of all sequences of an attention call, divided into blocks of queries if there are only a few.
private struct AttentionHeads: @unchecked Sendable {
    // Pointers into operands, which live until the call is done.
    private let query: (start: UnsafePointer<Float>, stride: Int)
    private let key: (start: UnsafePointer<Float>, stride: Int)
    private let value: (start: UnsafePointer<Float>, stride: Int)
    private let mask: UnsafePointer<Float>?
    private let headScale: UnsafePointer<Float>?
    private let positions: AttentionPositions?
    private let rotation: RotationTables?
    private let options: AttentionOptions
    private let dropout: bert_dropout_mask?
    private let width: Int
    /// The offset of each sequence's scores, for one head.
    private let scoreStarts: [Int]
    private let blocks: Int
    /// The number of blocks.
    let count: Int
    /// The total number of multiplications.
    let work: Double

    init(_ input: AttentionInput, _ options: AttentionOptions, width: Int, for kernels: HostKernels) throws {
        self.options = options
        self.width = width
        dropout = options.dropout.map(bert_dropout_mask.init)
        switch input {
        case .fused(let tensor):
            let (start, stride) = (try kernels.floats(tensor), 3 * options.heads * width)
            query = (start, stride)
            key = (start + stride / 3, stride)
            value = (start + stride / 3 * 2, stride)
        case .separate(let q, let k, let v):
            query = (try kernels.floats(q), options.heads * width)
            key = (try kernels.floats(k), options.heads * width)
            value = (try kernels.floats(v), options.heads * width)
        }
        mask = try options.mask.map(kernels.floats)
        headScale = try options.headScale.map(kernels.floats)
        positions = try AttentionPositions(options, width: width, for: kernels)
        rotation = try RotationTables(options, for: kernels)
        var starts = [0]
        starts.reserveCapacity(options.sequences.count + 1)
        for index in 0..<options.sequences.count {
            starts.append(starts[index] + options.sequences[index].count * options.keySequences[index].count)
        }
        scoreStarts = starts
        work = Double(starts[options.sequences.count]) * Double(options.heads * width * 2)
        // Each block reads all keys and values, so use only as many blocks as are needed to keep the threads busy.
        let whole = options.sequences.count * options.heads
        let wanted = (2 * kernels.workers.threads + whole - 1) / max(whole, 1)
        blocks = max(1, min(wanted, options.sequences.maximumLength / 32))
        count = whole * blocks
    }

    /// Returns how operands are rounded. Rounding a few keys, or padding them for tiles, takes longer than it saves.
    private static func rounding(_ keys: Int, _ kernels: HostKernels) -> bert_rounding {
        switch kernels.attentionRounding {
        case _ where keys < 32: BERT_ROUNDING_NONE
        case BERT_ROUNDING_FASTEST where keys < 48: BERT_ROUNDING_PORTABLE
        case let rounding: rounding
        }
    }

    /// Computes one block of queries of one head of one sequence.
    func attend(
        _ index: Int, context: UnsafeMutablePointer<Float>, probabilities: UnsafeMutablePointer<Float>?,
        _ kernels: HostKernels
    ) throws {
        let (sequence, head) = (index / blocks / options.heads, index / blocks % options.heads)
        let (all, keys) = (options.sequences[sequence], options.keySequences[sequence])
        let first = all.count * (index % blocks) / blocks
        let count = all.count * (index % blocks + 1) / blocks - first
        guard count > 0 else { return }
        let row = all.lowerBound + first
        let contextWidth = options.heads * width
        let out = context + row * contextWidth + head * width
        let scores = probabilities.map {
            $0 + scoreStarts[sequence] * options.heads + (head * all.count + first) * keys.count
        }
        var operands = bert_attention_head(
            queries: count, keys: keys.count, width: width, scale: options.scale,
            q: query.start + row * query.stride + head * width, ldq: query.stride,
            k: key.start + keys.lowerBound * key.stride + head * width, ldk: key.stride,
            v: value.start + keys.lowerBound * value.stride + head * width, ldv: value.stride,
            mask: mask.map { $0 + scoreStarts[sequence] + first * keys.count }, ldm: keys.count,
            zeroesMaskedRows: options.fullyMaskedRows == .zeros,
            out: out, ldo: contextWidth, probabilities: scores, ldp: keys.count, positions: nil,
            rounding: Self.rounding(keys.count, kernels), dropout: nil,
            first: UInt64(scoreStarts[sequence] * options.heads + (head * all.count + first) * keys.count))
        let positions = positions?.ofHead(
            head, queries: row..<row + count, first: first, keys: keys)
        let scratchCount = try scratchCount(count, keys.count, rowCount: positions.map { $0.rowCount })
        let scratch = try kernels.memory.allocate(scratchCount * MemoryLayout<Float>.size)
        withExtendedLifetime(scratch) {
            var working = scratch.start.assumingMemoryBound(to: Float.self)
            if let rotation {
                working = rotation.rotate(
                    &operands, queries: row..<row + count, first: first, keys: keys, into: working, kernels)
            }
            withUnsafePointer(to: positions) { positions in
                withUnsafePointer(to: dropout) { dropout in
                    operands.positions = pointer(positions)
                    operands.dropout = pointer(dropout)
                    kernels.routines.pointee.attention(&operands, working)
                }
            }
        }
        guard let factor = headScale.map({ $0 + head }) else { return }
        kernels.routines.pointee.binary(
            BERT_BINARY_MULTIPLY, count, width, out, contextWidth, 1, factor, 0, 0, out, contextWidth)
        if let scores {
            kernels.routines.pointee.binary(
                BERT_BINARY_MULTIPLY, count, keys.count, scores, keys.count, 1, factor, 0, 0, scores, keys.count)
        }
    }

    /// Returns the number of floats of scratch memory for a block of queries.
    ///
    /// - Throws: ``BertError`` with code `outOfMemory` if the size isn't addressable.
    private func scratchCount(_ queries: Int, _ keys: Int, rowCount: Int?) throws -> Int {
        let scores = bert_attention_scratch(queries, keys, width)
        let added = rowCount.map { bert_attention_positions_scratch(keys, width, $0) } ?? 0
        let limit = 1 << 48
        guard scores >= 0, scores < limit, added >= 0, added < limit else {
            throw BertError(.outOfMemory, "not enough memory for the scores of \(queries) queries and \(keys) keys")
        }
        return scores + added + (rotation == nil ? 0 : (queries + keys) * width)
    }
}

/// Returns a pointer to a value, or nil if there is none.
func pointer<Value>(_ value: UnsafePointer<Value?>) -> UnsafePointer<Value>? {
    // An optional and its wrapped value have the same address.
    value.pointee == nil ? nil : UnsafeRawPointer(value).assumingMemoryBound(to: Value.self)
}

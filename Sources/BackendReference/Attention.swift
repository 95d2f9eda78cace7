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

    /// Computes one head of one sequence: scores, softmax and the weighted sum of the values.
    private func attend(
        _ operands: AttentionOperands, sequence: Int, head: Int, _ sizes: ShapeRules.Attention,
        _ options: AttentionOptions, scoreStart: Int, out: UnsafeMutablePointer<Float>,
        probabilities: UnsafeMutablePointer<Float>?
    ) throws {
        let (rows, keys) = (options.sequences[sequence], options.keySequences[sequence])
        guard !rows.isEmpty else { return }
        let size = sizes.headSize
        let query = try rotated(
            operands.query.rows(rows, head: head, size: size), operands.rotation, operands.rotationRows.queries,
            tokens: rows, size: size)
        let key = try rotated(
            operands.key.rows(keys, head: head, size: size), operands.rotation, operands.rotationRows.keys,
            tokens: keys, size: size)
        let value = operands.value.rows(keys, head: head, size: sizes.valueSize)
        let transposedKeys = try PackedMatrix(
            key.start, k: size, n: keys.count, rowStride: 1, columnStride: key.stride, memory: memory)
        let values = try PackedMatrix(
            value.start, k: keys.count, n: sizes.valueSize, rowStride: value.stride, columnStride: 1, memory: memory)
        let scratch = try memory.allocate(max(1, rows.count * keys.count) * MemoryLayout<Float>.size)
        defer { withExtendedLifetime(scratch) {} }
        let scores = scratch.start.assumingMemoryBound(to: Float.self)

        transposedKeys.multiply(
            query.start, rows: 0..<rows.count, stride: query.stride, panels: 0..<transposedKeys.panelCount,
            scale: options.scale, into: scores, outStride: keys.count)
        func distance(_ row: Int, _ column: Int) -> Int {
            let (i, j) = (rows.lowerBound + row, keys.lowerBound + column)
            return (operands.places.keys.map { Int($0[j]) } ?? column)
                - (operands.places.queries.map { Int($0[i]) } ?? row)
        }
        if let relative = operands.relative {
            try add(relative, to: scores, head: head, query, rows.count, key, keys.count, size, options.scale, distance)
        }
        for row in 0..<rows.count {
            let line = scores + row * keys.count
            if let bias = operands.distanceBias {
                let (entries, limit) = (bias.start + head * bias.count, bias.count / 2)
                for i in 0..<keys.count { line[i] += entries[max(-limit, min(limit, distance(row, i))) + limit] }
            }
            if let mask = operands.mask {
                let maskLine = mask + scoreStart + row * keys.count
                for i in 0..<keys.count { line[i] += maskLine[i] }
            }
            if let reach = options.reach {
                softmaxInPlace(line, count: keys.count, options.fullyMaskedRows) { abs(distance(row, $0)) <= reach }
            } else {
                softmaxInPlace(line, count: keys.count, options.fullyMaskedRows)
            }
            if let headScale = operands.headScale { for i in 0..<keys.count { line[i] *= headScale[head] } }
            if let dropout = options.dropout {
                let start = options.heads * scoreStart + (head * rows.count + row) * keys.count
                for (i, factor) in dropout.factors(start..<start + keys.count).enumerated() { line[i] *= factor }
            }
        }
        if let probabilities {
            let block = probabilities + options.heads * scoreStart + head * rows.count * keys.count
            block.update(from: scores, count: rows.count * keys.count)
        }
        let width = options.heads * sizes.valueSize
        values.multiply(
            scores, rows: 0..<rows.count, stride: keys.count, panels: 0..<values.panelCount, scale: 1,
            into: out + rows.lowerBound * width + head * sizes.valueSize, outStride: width)
        withExtendedLifetime((query, key)) {}
    }

    /// Returns the rows of one head, rotated by their positions.
    private func rotated(
        _ x: AttentionOperands.Rows, _ rotation: AttentionOperands.RotationTables?, _ positions: UnsafePointer<Int32>?,
        tokens: Range<Int>, size: Int
    ) throws -> AttentionOperands.Rows {
        guard let rotation else { return x }
        let storage = try memory.allocate(max(1, tokens.count * size) * MemoryLayout<Float>.size)
        let out = storage.start.assumingMemoryBound(to: Float.self)
        let half = size / 2
        for (row, token) in tokens.enumerated() {
            let (source, line) = (x.start + row * x.stride, out + row * size)
            let position = positions.map { Int($0[token]) } ?? row
            let (cosines, sines) = (rotation.cosines + position * half, rotation.sines + position * half)
            for j in 0..<half {
                line[j] = source[j] * cosines[j] - source[j + half] * sines[j]
                line[j + half] = source[j + half] * cosines[j] + source[j] * sines[j]
            }
        }
        return AttentionOperands.Rows(start: out, stride: size, owner: storage)
    }

    /// Adds the products of queries and keys with the tables of disentangled attention to the scores.
    private func add(
        _ relative: AttentionOperands.Relative, to scores: UnsafeMutablePointer<Float>, head: Int,
        _ query: AttentionOperands.Rows, _ queryCount: Int, _ key: AttentionOperands.Rows, _ keyCount: Int, _ size: Int,
        _ scale: Float, _ distance: (Int, Int) -> Int
    ) throws {
        let (count, limit) = (relative.count, relative.rows.count / 2)
        func row(_ query: Int, _ key: Int) -> Int {
            Int(relative.rows[max(-limit, min(limit, distance(query, key))) + limit])
        }
        /// Returns scale · x · tableᵀ: `[rows, count]`.
        func products(
            _ x: AttentionOperands.Rows, _ rows: Int, _ table: UnsafePointer<Float>
        ) throws -> HostStorage {
            let matrix = try PackedMatrix(
                table + head * size, k: size, n: count, rowStride: 1, columnStride: relative.width, memory: memory)
            let storage = try memory.allocate(max(1, rows * count) * MemoryLayout<Float>.size)
            matrix.multiply(
                x.start, rows: 0..<rows, stride: x.stride, panels: 0..<matrix.panelCount, scale: scale,
                into: storage.start.assumingMemoryBound(to: Float.self), outStride: count)
            return storage
        }
        if let table = relative.keys {
            let storage = try products(query, queryCount, table)
            let terms = storage.start.assumingMemoryBound(to: Float.self)
            for i in 0..<queryCount {
                for j in 0..<keyCount { scores[i * keyCount + j] += terms[i * count + row(i, j)] }
            }
            withExtendedLifetime(storage) {}
        }
        if let table = relative.queries {
            let storage = try products(key, keyCount, table)
            let terms = storage.start.assumingMemoryBound(to: Float.self)
            for i in 0..<queryCount {
                for j in 0..<keyCount { scores[i * keyCount + j] += terms[j * count + row(i, j)] }
            }
            withExtendedLifetime(storage) {}
        }
    }
}

/// The offset of each sequence's scores in a packed mask.
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
    /// The rows of queries, keys or values.
    struct Rows {
        let start: UnsafePointer<Float>
        let stride: Int
        /// The owner of the memory, if it doesn't belong to an operand.
        var owner: HostStorage?

        /// Returns the part of one head in a range of rows.
        func rows(_ range: Range<Int>, head: Int, size: Int) -> Rows {
            Rows(start: start + range.lowerBound * stride + head * size, stride: stride)
        }
    }
    struct RotationTables {
        let cosines, sines: UnsafePointer<Float>
    }
    struct Relative {
        let keys, queries: UnsafePointer<Float>?
        /// The number of rows in the tables, and their width.
        let count, width: Int
        let rows: UnsafeBufferPointer<Int32>
    }
    typealias Integers = (queries: UnsafePointer<Int32>?, keys: UnsafePointer<Int32>?)

    let query, key, value: Rows
    let mask, headScale: UnsafePointer<Float>?
    let places: Integers
    let distanceBias: (start: UnsafePointer<Float>, count: Int)?
    let relative: Relative?
    let rotation: RotationTables?
    let rotationRows: Integers

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
        distanceBias = try options.distanceBias.map { (try backend.view($0).floats, $0.shape[1]) }
        relative = try options.relative.map { relative in
            let table = relative.keys ?? relative.queries
            return Relative(
                keys: try relative.keys.map { try backend.view($0).floats },
                queries: try relative.queries.map { try backend.view($0).floats }, count: table?.shape[0] ?? 0,
                width: options.heads * sizes.headSize,
                rows: try backend.checkedIndices(relative.rows, rowCount: table?.shape[0] ?? 0))
        }
        rotation = try options.rotation.map {
            RotationTables(cosines: try backend.view($0.cosines).floats, sines: try backend.view($0.sines).floats)
        }
        func integers(_ tensor: Tensor) throws -> UnsafePointer<Int32> {
            try HostView(tensor, .int32, for: backend.info.name).integers
        }
        places = (try options.places.map { try integers($0.queries) }, try options.places.map { try integers($0.keys) })
        guard let rotation = options.rotation, let positions = options.rotationPositions else {
            rotationRows = (nil, nil)
            return
        }
        func checked(_ tensor: Tensor) throws -> UnsafePointer<Int32>? {
            try backend.checkedIndices(tensor, rowCount: rotation.cosines.shape[0]).baseAddress
        }
        rotationRows = (try checked(positions.queries), try checked(positions.keys))
    }
}

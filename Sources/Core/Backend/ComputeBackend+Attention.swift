/// The default implementation of attention, in terms of primitives.
extension ComputeBackend {
    public func attention(_ input: AttentionInput, _ options: AttentionOptions) throws -> AttentionOutput {
        let sizes = try ShapeRules.attention(input, options)
        let heads = options.heads
        let (query, key, value) = try parts(input, width: heads * sizes.headSize)
        let bias = try options.distanceBias.map { try permute($0, axes: [1, 0]) }
        if let relative = options.relative { try checkRows(of: relative) }

        var contexts: [Tensor] = []
        var probabilities: [Tensor] = []
        var maskStart = 0
        for index in 0..<options.sequences.count {
            let (queries, keys) = (options.sequences[index], options.keySequences[index])
            let scoreCount = queries.count * keys.count
            defer { maskStart += scoreCount }
            guard !queries.isEmpty else { continue }
            var q = try byHead(query, queries, heads, sizes.headSize)
            var k = try byHead(key, keys, heads, sizes.headSize)
            let v = try byHead(value, keys, heads, sizes.valueSize)
            if let rotation = options.rotation {
                let positions = options.rotationPositions
                q = try rotated(q, rotation, positions: positions?.queries, rows: queries)
                k = try rotated(k, rotation, positions: positions?.keys, rows: keys)
            }
            var scores = try matmul(q, k, transposeA: false, transposeB: true, scale: options.scale)
            let mask = try options.mask.map {
                try slice($0, axis: 0, range: maskStart..<maskStart + scoreCount)
                    .reshaped(to: [queries.count, keys.count])
            }
            let needsDistances = options.reach != nil || bias != nil || options.relative != nil
            var p: Tensor
            if needsDistances, scoreCount > 0 {
                let distances = try distances(options.places, queries, keys)
                if let relative = options.relative {
                    scores = try add(relative, to: scores, q, k, distances, scale: options.scale)
                }
                if let bias { scores = try binary(.add, scores, looked(up: bias, at: distances)) }
                p = try softmax(scores, mask: mask, distances: distances, options)
            } else {
                p = try softmax(scores, mask: mask, options.fullyMaskedRows)
            }
            if let headScale = options.headScale {
                p = try binary(.multiply, p, headScale.reshaped(to: [heads, 1, 1]))
            }
            if let dropout = options.dropout {
                let start = heads * maskStart
                p = try binary(
                    .multiply, p, constant(dropout.factors(start..<start + heads * scoreCount), shape: p.shape))
            }
            let context = try matmul(p, v, transposeA: false, transposeB: false, scale: 1)
            contexts.append(
                try permute(context, axes: [1, 0, 2]).reshaped(to: [queries.count, heads * sizes.valueSize]))
            if options.returnsProbabilities { probabilities.append(try p.reshaped(to: [heads * scoreCount])) }
        }
        let empty = try constant([], shape: [0, heads * sizes.valueSize])
        return AttentionOutput(
            context: contexts.isEmpty ? empty : try concatenate(contexts, axis: 0),
            probabilities: !options.returnsProbabilities
                ? nil : probabilities.isEmpty ? try constant([], shape: [0]) : try concatenate(probabilities, axis: 0))
    }

    /// Returns queries, keys and values as separate tensors with one row per token.
    func parts(_ input: AttentionInput, width: Int) throws -> (query: Tensor, key: Tensor, value: Tensor) {
        switch input {
        case .separate(let query, let key, let value): return (query, key, value)
        case .fused(let qkv):
            return (
                try slice(qkv, axis: 1, range: 0..<width), try slice(qkv, axis: 1, range: width..<2 * width),
                try slice(qkv, axis: 1, range: 2 * width..<3 * width)
            )
        }
    }

    /// Returns the rows of one sequence as `[heads, rows, size]`.
    func byHead(_ tensor: Tensor, _ rows: Range<Int>, _ heads: Int, _ size: Int) throws -> Tensor {
        let part = try slice(tensor, axis: 0, range: rows).reshaped(to: [rows.count, heads, size])
        return try permute(part, axes: [1, 0, 2])
    }

    /// Returns `x`, `[heads, rows, headSize]`, rotated by the positions of its rows.
    func rotated(_ x: Tensor, _ rotation: Rotation, positions: Tensor?, rows: Range<Int>) throws -> Tensor {
        func table(_ table: Tensor) throws -> Tensor {
            guard let positions else { return try slice(table, axis: 0, range: 0..<rows.count) }
            return try gatherRows(table, indices: slice(positions, axis: 0, range: rows))
        }
        let (cosines, sines) = (try table(rotation.cosines), try table(rotation.sines))
        let half = x.shape.lastLength / 2
        let (a, b) = (try slice(x, axis: 2, range: 0..<half), try slice(x, axis: 2, range: half..<2 * half))
        return try concatenate(
            [
                binary(.subtract, binary(.multiply, a, cosines), binary(.multiply, b, sines)),
                binary(.add, binary(.multiply, b, cosines), binary(.multiply, a, sines)),
            ], axis: 2)
    }

    /// Returns place(key) − place(query) as float32 `[queries, keys]`. Exact, because positions are below 2²⁴.
    func distances(_ places: AttentionPlaces?, _ queries: Range<Int>, _ keys: Range<Int>) throws -> Tensor {
        func numbers(_ places: Tensor?, _ rows: Range<Int>) throws -> Tensor {
            guard let places else { return try constant((0..<rows.count).map(Float.init), shape: [rows.count]) }
            return try cast(slice(places, axis: 0, range: rows), to: .float32)
        }
        return try binary(
            .subtract, numbers(places?.keys, keys),
            numbers(places?.queries, queries).reshaped(to: [queries.count, 1]))
    }

    /// Returns the row of a table `[2R + 1, …]` for each distance, as int32 `[queries · keys]`.
    func tableRows(_ distances: Tensor, _ count: Int) throws -> Tensor {
        let limit = Float(count / 2)
        let clamped = try binary(.minimum, binary(.maximum, distances, constant(-limit)), constant(limit))
        return try cast(binary(.add, clamped, constant(limit)), to: .int32)
            .reshaped(to: [distances.shape.elementCount])
    }

    /// Returns the entries of `table`, `[2R + 1, heads]`, at the distances: `[heads, queries, keys]`.
    func looked(up table: Tensor, at distances: Tensor) throws -> Tensor {
        let entries = try gatherRows(table, indices: tableRows(distances, table.shape[0]))
        return try permute(entries, axes: [1, 0]).reshaped(to: Shape([table.shape[1]] + Array(distances.shape)))
    }

    /// Checks that all rows exist in the tables.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` if a row is out of range.
    func checkRows(of relative: RelativeAttention) throws {
        guard let table = relative.keys ?? relative.queries, table.shape[1] > 0 else { return }
        _ = try gatherRows(slice(table, axis: 1, range: 0..<1), indices: relative.rows)
    }

    func add(
        _ relative: RelativeAttention, to scores: Tensor, _ q: Tensor, _ k: Tensor, _ distances: Tensor, scale: Float
    ) throws -> Tensor {
        let heads = q.shape[0]
        // The table row of each pair.
        let count = relative.rows.shape[0]
        let numbers = try cast(relative.rows, to: .float32).reshaped(to: [count, 1])
        let rows = try gatherRows(numbers, indices: tableRows(distances, count)).reshaped(to: distances.shape)
        var scores = scores
        if let table = relative.keys {
            let part = try byHead(table, 0..<table.shape[0], heads, q.shape[2])
            scores = try binary(.add, scores, relativeScores(q, part, rows, scale: scale))
        }
        if let table = relative.queries {
            let part = try byHead(table, 0..<table.shape[0], heads, q.shape[2])
            let transposed = try relativeScores(k, part, permute(rows, axes: [1, 0]), scale: scale)
            scores = try binary(.add, scores, permute(transposed, axes: [0, 2, 1]))
        }
        return scores
    }

    /// Returns scale · x[i] · table[rows[i, j]]: `[heads, n, size]`, `[heads, count, size]` and `[n, m]` → `[heads, n,
    /// m]`.
    func relativeScores(_ x: Tensor, _ table: Tensor, _ rows: Tensor, scale: Float) throws -> Tensor {
        let (heads, n, m, count) = (x.shape[0], x.shape[1], rows.shape[1], table.shape[1])
        // Process so few rows at a time that indices into the products are exact in float32.
        let step = max(1, (1 << 24) / max(1, count) - 1)
        let parts = try stride(from: 0, to: n, by: step).map { start in
            let range = start..<min(n, start + step)
            let products = try matmul(
                slice(x, axis: 1, range: range), table, transposeA: false, transposeB: true, scale: scale)
            let flat = try permute(products, axes: [1, 2, 0]).reshaped(to: [range.count * count, heads])
            let starts = try constant(
                (0..<range.count).map { Float($0 * count) }, shape: [range.count, 1])
            let indices = try binary(.add, slice(rows, axis: 0, range: range), starts)
            let scores = try gatherRows(
                flat, indices: cast(indices, to: .int32).reshaped(to: [range.count * m]))
            return try permute(scores, axes: [1, 0]).reshaped(to: [heads, range.count, m])
        }
        return try concatenate(parts, axis: 1)
    }

    /// Returns softmax(scores + mask) over all keys.
    func softmax(_ scores: Tensor, mask: Tensor?, _ rows: FullyMaskedRows) throws -> Tensor {
        let p = try softmax(scores, mask: mask, scale: 1)
        guard rows == .zeros, let mask, scores.shape.elementCount > 0 else { return p }
        return try binary(.multiply, p, hasVisibleKey(binary(.add, scores, mask)))
    }

    /// Returns 1 for each row with a score that isn't masked, and 0 for the others: `[…, queries, 1]`.
    private func hasVisibleKey(_ scores: Tensor) throws -> Tensor {
        try binary(.greater, reduce(.maximum, scores, axis: 2), constant(-Float.greatestFiniteMagnitude))
    }

    /// Returns softmax(scores + mask) over the keys in reach, and 0 for the other keys.
    func softmax(_ scores: Tensor, mask: Tensor?, distances: Tensor, _ options: AttentionOptions) throws -> Tensor {
        guard let reach = options.reach else { return try softmax(scores, mask: mask, options.fullyMaskedRows) }
        let lowest = Float.greatestFiniteMagnitude
        let outside = try binary(.greater, unary(.abs, distances), constant(Float(reach)))
        let inside = try binary(.subtract, constant(1), outside)
        // The greatest finite number for keys in reach, the lowest for the others.
        let bound = try binary(
            .multiply, binary(.subtract, binary(.multiply, inside, constant(2)), constant(1)), constant(lowest))
        let masked = try mask.map { try binary(.add, scores, $0) } ?? scores
        let bounded = try binary(.minimum, binary(.maximum, masked, constant(-lowest)), bound)
        let shifted = try binary(.subtract, bounded, reduce(.maximum, bounded, axis: 2))
        let exponentials = try binary(.multiply, unary(.exp, shifted), inside)
        // The sum is at least 1 unless no key is in reach.
        let sum = try binary(.maximum, reduce(.sum, exponentials, axis: 2), constant(1))
        let p = try binary(.divide, exponentials, sum)
        guard options.fullyMaskedRows == .zeros, mask != nil else { return p }
        return try binary(.multiply, p, hasVisibleKey(bounded))
    }
}

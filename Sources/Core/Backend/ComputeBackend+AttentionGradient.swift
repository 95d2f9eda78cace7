/// The default implementation of the attention gradient, in terms of primitives.
extension ComputeBackend {
    public func attentionGradient(
        _ input: AttentionInput, _ options: AttentionOptions, gradient: Tensor
    ) throws -> AttentionGradient {
        try composedAttentionGradient(input, options, gradient: gradient)
    }

    /// The gradient in terms of primitives, for backends whose own implementation doesn't support all options.
    package func composedAttentionGradient(
        _ input: AttentionInput, _ options: AttentionOptions, gradient: Tensor
    ) throws -> AttentionGradient {
        let sizes = try ShapeRules.attentionGradient(input, options, gradient: gradient)
        var sums = try AttentionGradientSums(self, input, options, sizes, gradient)
        var maskStart = 0
        for index in 0..<options.sequences.count {
            try sums.add(sequence: index, maskStart: maskStart)
            maskStart += options.sequences[index].count * options.keySequences[index].count
        }
        return try sums.result()
    }
}

/// Accumulates the gradients of the sequences of an attention call.
private struct AttentionGradientSums {
    private let backend: any ComputeBackend
    private let options: AttentionOptions
    private let isFused: Bool
    private let sizes: ShapeRules.Attention
    private let query: Tensor
    private let key: Tensor
    private let value: Tensor
    private let gradient: Tensor
    /// `[2R + 1, heads]`.
    private let bias: Tensor?
    /// The gradients of queries, keys and values, one tensor per sequence.
    private var queryParts: [Tensor] = []
    private var keyParts: [Tensor] = []
    private var valueParts: [Tensor] = []
    /// `[2R + 1, heads]`.
    private var biasSum: Tensor?
    /// `[heads, rows, headSize]`.
    private var relativeKeys: Tensor?
    private var relativeQueries: Tensor?
    private let places: (queries: [Int32], keys: [Int32])?
    private let relativeRows: [Int32]

    init(
        _ backend: any ComputeBackend, _ input: AttentionInput, _ options: AttentionOptions,
        _ sizes: ShapeRules.Attention, _ gradient: Tensor
    ) throws {
        (self.backend, self.options, self.sizes, self.gradient) = (backend, options, sizes, gradient)
        (query, key, value) = try backend.parts(input, width: options.heads * sizes.headSize)
        if case .fused = input { isFused = true } else { isFused = false }
        bias = try options.distanceBias.map { try backend.permute($0, axes: [1, 0]) }
        if let relative = options.relative { try backend.checkRows(of: relative) }
        places = try options.places.map { (try backend.int32($0.queries), try backend.int32($0.keys)) }
        relativeRows = try options.relative.map { try backend.int32($0.rows) } ?? []
    }

    /// Adds the gradients of one sequence.
    mutating func add(sequence: Int, maskStart: Int) throws {
        let heads = options.heads
        let (queries, keys) = (options.sequences[sequence], options.keySequences[sequence])
        guard !queries.isEmpty, !keys.isEmpty else {
            // Without queries or keys all gradients are zero.
            queryParts.append(try backend.zeros([queries.count, heads * sizes.headSize]))
            keyParts.append(try backend.zeros([keys.count, heads * sizes.headSize]))
            valueParts.append(try backend.zeros([keys.count, heads * sizes.valueSize]))
            return
        }
        var q = try backend.byHead(query, queries, heads, sizes.headSize)
        var k = try backend.byHead(key, keys, heads, sizes.headSize)
        let v = try backend.byHead(value, keys, heads, sizes.valueSize)
        let g = try backend.byHead(gradient, queries, heads, sizes.valueSize)
        let positions = options.rotationPositions
        if let rotation = options.rotation {
            q = try backend.rotated(q, rotation, positions: positions?.queries, rows: queries)
            k = try backend.rotated(k, rotation, positions: positions?.keys, rows: keys)
        }
        let p = try probabilities(q, k, queries, keys, maskStart: maskStart)
        var factors: Tensor?
        if let headScale = options.headScale { factors = try headScale.reshaped(to: [heads, 1, 1]) }
        if let dropout = options.dropout {
            let start = heads * maskStart
            let dropped = try backend.constant(
                dropout.factors(start..<start + heads * queries.count * keys.count), shape: p.shape)
            factors = try factors.map { try backend.binary(.multiply, dropped, $0) } ?? dropped
        }
        func scaled(_ x: Tensor) throws -> Tensor { try factors.map { try backend.binary(.multiply, x, $0) } ?? x }
        let dv = try backend.matmul(scaled(p), g, transposeA: true, transposeB: false, scale: 1)
        let dp = try scaled(backend.matmul(g, v, transposeA: false, transposeB: true, scale: 1))
        let ds = try backend.softmaxGradient(p, gradient: dp, scale: 1)
        var dq = try backend.matmul(ds, k, transposeA: false, transposeB: false, scale: options.scale)
        var dk = try backend.matmul(ds, q, transposeA: true, transposeB: false, scale: options.scale)
        try addTables(ds, q, k, queries, keys, &dq, &dk)
        if let rotation = options.rotation {
            let back = Rotation(
                cosines: rotation.cosines, sines: try backend.unary(.negate, rotation.sines))
            dq = try backend.rotated(dq, back, positions: positions?.queries, rows: queries)
            dk = try backend.rotated(dk, back, positions: positions?.keys, rows: keys)
        }
        queryParts.append(try rows(dq))
        keyParts.append(try rows(dk))
        valueParts.append(try rows(dv))
    }

    /// Returns the gradients of all operands.
    func result() throws -> AttentionGradient {
        func joined(_ parts: [Tensor], _ width: Int) throws -> Tensor {
            parts.isEmpty ? try backend.zeros([0, width]) : try backend.concatenate(parts, axis: 0)
        }
        let query = try joined(queryParts, options.heads * sizes.headSize)
        let key = try joined(keyParts, options.heads * sizes.headSize)
        let value = try joined(valueParts, options.heads * sizes.valueSize)
        func table(_ sum: Tensor?, as table: Tensor?) throws -> Tensor? {
            guard let table else { return nil }
            return try sum.map { try rows($0) } ?? backend.zeros(table.shape)
        }
        return AttentionGradient(
            input: isFused
                ? .fused(try backend.concatenate([query, key, value], axis: 1))
                : .separate(query: query, key: key, value: value),
            distanceBias: try options.distanceBias.map { bias in
                try biasSum.map { try backend.permute($0, axes: [1, 0]) } ?? backend.zeros(bias.shape)
            },
            relativeKeys: try table(relativeKeys, as: options.relative?.keys),
            relativeQueries: try table(relativeQueries, as: options.relative?.queries))
    }

    // MARK: One sequence

    /// Returns the probabilities before head scale and dropout: `[heads, queries, keys]`.
    private func probabilities(
        _ q: Tensor, _ k: Tensor, _ queries: Range<Int>, _ keys: Range<Int>, maskStart: Int
    ) throws -> Tensor {
        var scores = try backend.matmul(q, k, transposeA: false, transposeB: true, scale: options.scale)
        let mask = try options.mask.map {
            try backend.slice($0, axis: 0, range: maskStart..<maskStart + queries.count * keys.count)
                .reshaped(to: [queries.count, keys.count])
        }
        guard options.reach != nil || bias != nil || options.relative != nil else {
            return try backend.softmax(scores, mask: mask, options.fullyMaskedRows)
        }
        let distances = try backend.distances(options.places, queries, keys)
        if let relative = options.relative {
            scores = try backend.add(relative, to: scores, q, k, distances, scale: options.scale)
        }
        if let bias { scores = try backend.binary(.add, scores, backend.looked(up: bias, at: distances)) }
        return try backend.softmax(scores, mask: mask, distances: distances, options)
    }

    /// Adds the gradients of the distance bias and of the relative tables, and their contributions to `dq` and `dk`.
    private mutating func addTables(
        _ ds: Tensor, _ q: Tensor, _ k: Tensor, _ queries: Range<Int>, _ keys: Range<Int>, _ dq: inout Tensor,
        _ dk: inout Tensor
    ) throws {
        guard options.distanceBias != nil || options.relative != nil else { return }
        let heads = options.heads
        // Returns the entry for a pair in a table with `count` entries, one per distance.
        func entry(_ i: Int, _ j: Int, _ count: Int) -> Int {
            let distance =
                (places.map { Int($0.keys[keys.lowerBound + j]) } ?? j)
                - (places.map { Int($0.queries[queries.lowerBound + i]) } ?? i)
            return max(-(count / 2), min(count / 2, distance)) + count / 2
        }
        let pairs = queries.count * keys.count
        let byPair = try backend.permute(ds, axes: [1, 2, 0]).reshaped(to: [pairs, heads])
        if let table = options.distanceBias {
            let count = table.shape[1]
            let entries = try backend.indices(
                (0..<pairs).map { Int32(entry($0 / keys.count, $0 % keys.count, count)) })
            let sum = try backend.scatterAddRows(byPair, indices: entries, rowCount: count)
            biasSum = try biasSum.map { try backend.binary(.add, $0, sum) } ?? sum
        }
        guard let relative = options.relative else { return }
        /// Returns the score gradients of each query or key, summed over the pairs that use the same table row:
        /// `[heads, n, rows]`.
        func sums(_ n: Int, _ rowCount: Int, _ own: (Int) -> Int) throws -> Tensor {
            let places = try backend.indices(
                (0..<pairs).map { pair in
                    let row = relativeRows[entry(pair / keys.count, pair % keys.count, relativeRows.count)]
                    return Int32(own(pair) * rowCount) + row
                })
            let sums = try backend.scatterAddRows(byPair, indices: places, rowCount: n * rowCount)
            return try backend.permute(sums.reshaped(to: [n, rowCount, heads]), axes: [2, 0, 1])
        }
        /// Returns the gradients with respect to queries or keys and to a table.
        func through(_ table: Tensor, _ x: Tensor, _ sums: Tensor) throws -> (x: Tensor, table: Tensor) {
            let part = try backend.byHead(table, 0..<table.shape[0], heads, sizes.headSize)
            return (
                try backend.matmul(sums, part, transposeA: false, transposeB: false, scale: options.scale),
                try backend.matmul(sums, x, transposeA: true, transposeB: false, scale: options.scale)
            )
        }
        if let table = relative.keys {
            let found = try through(table, q, sums(queries.count, table.shape[0]) { $0 / keys.count })
            dq = try backend.binary(.add, dq, found.x)
            relativeKeys = try relativeKeys.map { try backend.binary(.add, $0, found.table) } ?? found.table
        }
        if let table = relative.queries {
            let found = try through(table, k, sums(keys.count, table.shape[0]) { $0 % keys.count })
            dk = try backend.binary(.add, dk, found.x)
            relativeQueries = try relativeQueries.map { try backend.binary(.add, $0, found.table) } ?? found.table
        }
    }

    /// `[heads, n, size]` → `[n, heads · size]`.
    private func rows(_ x: Tensor) throws -> Tensor {
        try backend.permute(x, axes: [1, 0, 2]).reshaped(to: [x.shape[1], x.shape[0] * x.shape[2]])
    }
}

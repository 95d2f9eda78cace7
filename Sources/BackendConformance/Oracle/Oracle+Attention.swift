import BertCore

/// The operands of an attention call.
struct AttentionValues: Sendable {
    var query: Values
    var key: Values
    var value: Values
    let heads: Int
    let scale: Double
    let sequences: PackedSequences
    let keySequences: PackedSequences
    var mask: Values?
    var fullyMaskedRows = FullyMaskedRows.uniform
    var headScale: Values?
    /// The place of each query and key.
    var places: (queries: Values, keys: Values)?
    var reach: Int?
    /// `[heads, 2R + 1]`.
    var distanceBias: Values?
    /// The tables `[rows, heads · headSize]`, and the row for each distance −R…R.
    var relative: (keys: Values?, queries: Values?, rows: Values)?
    var rotation: RotationValues?
    var dropout: Dropout?
    /// The factors applied to probabilities, unless ``dropout`` specifies them.
    var factors: [Double]?
    /// Whether masked scores are rounded like the sum in float32, in which the lowest finite number absorbs the score.
    /// False for finite differences of scores.
    var roundsScores = true
}

/// The tables of a rotation, `[positions, headSize / 2]`.
struct RotationValues: Sendable {
    let cosines: Values
    let sines: Values
    var positions: (queries: Values, keys: Values)?
}

extension Oracle {
    /// Returns the context, and the probabilities of all sequences, `[heads, queries, keys]` each.
    static func attention(_ given: AttentionValues) -> (context: Values, probabilities: Values) {
        var input = given
        if let rotation = given.rotation {
            input.query = rotated(
                given.query, rotation, rotation.positions?.queries ?? given.places?.queries, given.heads,
                given.sequences)
            input.key = rotated(
                given.key, rotation, rotation.positions?.keys ?? given.places?.keys, given.heads, given.keySequences)
        }
        let heads = input.heads
        let (size, valueSize) = (input.query.width / heads, input.value.width / heads)
        var context = Values([input.query.shape[0], input.value.width], repeating: 0)
        var probabilities: [Double] = []
        let scoreCount = (0..<input.sequences.count).reduce(0) {
            $0 + input.sequences[$1].count * input.keySequences[$1].count
        }
        let factors = input.factors ?? input.dropout.map { dropout(heads * scoreCount, $0) }
        var maskStart = 0
        for sequence in 0..<input.sequences.count {
            let (queries, keys) = (input.sequences[sequence], input.keySequences[sequence])
            for head in 0..<heads {
                func part(_ x: Values, _ row: Int) -> ArraySlice<Double> {
                    x.row(row).dropFirst(head * size).prefix(size)
                }
                for (line, query) in queries.enumerated() {
                    let q = part(input.query, query)
                    var scores: [Double] = []
                    var isInside: [Bool] = []
                    for (column, key) in keys.enumerated() {
                        let k = part(input.key, key)
                        let distance =
                            (input.places.map { Int($0.keys.elements[key]) } ?? column)
                            - (input.places.map { Int($0.queries.elements[query]) } ?? line)
                        func entry(_ count: Int) -> Int { max(-(count / 2), min(count / 2, distance)) + count / 2 }
                        var score = dot(q, k)
                        if let relative = input.relative {
                            let row = Int(relative.rows.elements[entry(relative.rows.elements.count)])
                            if let table = relative.keys { score += dot(q, part(table, row)) }
                            if let table = relative.queries { score += dot(k, part(table, row)) }
                        }
                        score *= input.scale
                        if let bias = input.distanceBias {
                            score += bias.elements[head * bias.width + entry(bias.width)]
                        }
                        if let mask = input.mask {
                            // Rounded like the sum in float32, in which the lowest finite number absorbs the score.
                            score += mask.elements[maskStart + line * keys.count + column]
                            if input.roundsScores { score = Double(Float(score)) }
                        }
                        scores.append(score)
                        isInside.append(input.reach.map { abs(distance) <= $0 } ?? true)
                    }
                    // Keys out of reach are ignored.
                    let inReach = zip(scores, isInside).filter(\.1).map(\.0)
                    let seesAny = inReach.contains { $0 > -Double(Float.greatestFiniteMagnitude) || $0.isNaN }
                    var visible =
                        (seesAny || input.fullyMaskedRows == .uniform ? softmax(of: inReach) : []).makeIterator()
                    var row = isInside.map { inside in
                        (inside ? visible.next() ?? 0 : 0) * (input.headScale?.elements[head] ?? 1)
                    }
                    if let factors {
                        for index in row.indices { row[index] *= factors[probabilities.count + index] }
                    }
                    probabilities += row
                    for (p, key) in zip(row, keys) {
                        for i in 0..<valueSize {
                            let place = head * valueSize + i
                            context.elements[query * context.width + place] +=
                                p
                                * input.value.row(key)[
                                    key * input.value.width + place]
                        }
                    }
                }
            }
            maskStart += queries.count * keys.count
        }
        return (context, Values([probabilities.count], probabilities))
    }

    private static func dot(_ a: some Sequence<Double>, _ b: some Sequence<Double>) -> Double {
        zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// Rotates each pair of features (j, j + headSize/2) in each head by the angle of the token's position.
    private static func rotated(
        _ x: Values, _ rotation: RotationValues, _ positions: Values?, _ heads: Int, _ sequences: PackedSequences
    ) -> Values {
        let half = x.width / heads / 2
        var result = x
        for sequence in 0..<sequences.count {
            for (index, row) in sequences[sequence].enumerated() {
                let position = positions.map { Int($0.elements[row]) } ?? index
                for head in 0..<heads {
                    for j in 0..<half {
                        let first = row * x.width + head * 2 * half + j
                        let (a, b) = (x.elements[first], x.elements[first + half])
                        let cosine = rotation.cosines.elements[position * half + j]
                        let sine = rotation.sines.elements[position * half + j]
                        result.elements[first] = a * cosine - b * sine
                        result.elements[first + half] = b * cosine + a * sine
                    }
                }
            }
        }
        return result
    }

    static func embeddings(
        word: Values, position: Values?, tokenType: Values?, ids: Values, positions: Values?, types: Values?,
        norm: NormValues
    ) -> Values {
        var sum = gather(word, ids)
        if let position, let positions { sum = binary(.add, sum, gather(position, positions)) }
        if let tokenType, let types { sum = binary(.add, sum, gather(tokenType, types)) }
        return layerNorm(sum, norm)
    }
}

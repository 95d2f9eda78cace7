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

    /// The factors applied to probabilities; nil if there is no dropout.
    var dropoutFactors: [Double]? {
        factors
            ?? dropout.map { dropout in
                Oracle.dropout(
                    (0..<sequences.count).reduce(0) { $0 + heads * sequences[$1].count * keySequences[$1].count },
                    dropout)
            }
    }
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
        let factors = input.dropoutFactors
        var maskStart = 0
        for sequence in 0..<input.sequences.count {
            let (queries, keys) = (input.sequences[sequence], input.keySequences[sequence])
            for head in 0..<heads {
                for (line, query) in queries.enumerated() {
                    var scores: [Double] = []
                    var isInside: [Bool] = []
                    for (column, key) in keys.enumerated() {
                        let distance =
                            (input.places.map { Int($0.keys.elements[key]) } ?? column)
                            - (input.places.map { Int($0.queries.elements[query]) } ?? line)
                        func entry(_ count: Int) -> Int { max(-(count / 2), min(count / 2, distance)) + count / 2 }
                        /// Returns the dot product of this head's features of two rows.
                        func dot(_ a: Values, _ row: Int, _ b: Values, _ other: Int) -> Double {
                            let (first, second) = (row * a.width + head * size, other * b.width + head * size)
                            return a.dot((first, 1), b, (second, 1), count: size)
                        }
                        var score = dot(input.query, query, input.key, key)
                        if let relative = input.relative {
                            let row = Int(relative.rows.elements[entry(relative.rows.elements.count)])
                            if let table = relative.keys { score += dot(input.query, query, table, row) }
                            if let table = relative.queries { score += dot(input.key, key, table, row) }
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
                        let start = head * valueSize
                        context.add(p, input.value, row: key, to: query, start..<start + valueSize)
                    }
                }
            }
            maskStart += queries.count * keys.count
        }
        return (context, Values([probabilities.count], probabilities))
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

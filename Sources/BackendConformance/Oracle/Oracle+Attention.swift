import BertCore

/// Operands of an attention call.
struct AttentionValues: Sendable {
    let query: Values
    let key: Values
    let value: Values
    let heads: Int
    let scale: Double
    let sequences: PackedSequences
    let keySequences: PackedSequences
    var mask: Values?
    var headScale: Values?
}

extension Oracle {
    /// The context, and the probabilities of each sequence in turn, `[heads, queries, keys]`.
    static func attention(_ input: AttentionValues) -> (context: Values, probabilities: Values) {
        let heads = input.heads
        let (size, valueSize) = (input.query.width / heads, input.value.width / heads)
        var context = Values([input.query.shape[0], input.value.width], repeating: 0)
        var probabilities: [Double] = []
        var maskStart = 0
        for sequence in 0..<input.sequences.count {
            let (queries, keys) = (input.sequences[sequence], input.keySequences[sequence])
            for head in 0..<heads {
                for (line, query) in queries.enumerated() {
                    let q = input.query.row(query).dropFirst(head * size).prefix(size)
                    let scores = keys.enumerated().map { column, key -> Double in
                        let k = input.key.row(key).dropFirst(head * size).prefix(size)
                        let score = input.scale * zip(q, k).reduce(0) { $0 + $1.0 * $1.1 }
                        guard let mask = input.mask else { return score }
                        // Rounded like the sum in float32: the lowest finite number swallows a score.
                        return Double(Float(score + mask.elements[maskStart + line * keys.count + column]))
                    }
                    let row = softmax(of: scores).map { $0 * (input.headScale?.elements[head] ?? 1) }
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

    static func embeddings(
        word: Values, position: Values, tokenType: Values?, ids: Values, positions: Values, types: Values?,
        norm: NormValues
    ) -> Values {
        var sum = binary(.add, gather(word, ids), gather(position, positions))
        if let tokenType, let types { sum = binary(.add, sum, gather(tokenType, types)) }
        return layerNorm(sum, norm)
    }
}

import BertCore

/// Cases for attention over packed sequences.
enum AttentionCases {
    static let all: [CaseTemplate] = hand + random + cross + options + long + special + refusal

    /// Returns the operands of a call, with as many keys as queries unless `keyLengths` is given.
    static func operands(
        _ trial: Trial, heads: Int, headSize: Int, valueSize: Int? = nil, lengths: [Int], keyLengths: [Int]? = nil
    ) throws -> AttentionValues {
        let sequences = try PackedSequences(lengths: lengths)
        let keys = try PackedSequences(lengths: keyLengths ?? lengths)
        let width = heads * headSize
        return AttentionValues(
            query: trial.numbers.spread([sequences.totalLength, width], scale: 2),
            key: trial.numbers.spread([keys.totalLength, width], scale: 2),
            value: trial.numbers.spread([keys.totalLength, heads * (valueSize ?? headSize)]), heads: heads,
            scale: Double(Float(1 / Double(headSize).squareRoot())), sequences: sequences, keySequences: keys)
    }

    /// Calls the backend.
    static func result(
        _ trial: Trial, _ values: AttentionValues, fused: Bool = false, probabilities: Bool = false
    ) throws -> AttentionOutput {
        var (input, options) = try call(trial, values, fused: fused)
        options.returnsProbabilities = probabilities
        return try trial.backend.attention(input, options)
    }

    /// Returns the arguments of a call.
    static func call(
        _ trial: Trial, _ values: AttentionValues, fused: Bool
    ) throws -> (AttentionInput, AttentionOptions) {
        let input: AttentionInput =
            fused
            ? .fused(try trial.tensor(Oracle.concatenate([values.query, values.key, values.value], axis: 1)))
            : .separate(
                query: try trial.tensor(values.query), key: try trial.tensor(values.key),
                value: try trial.tensor(values.value))
        func places(_ places: (queries: Values, keys: Values)) throws -> AttentionPlaces {
            AttentionPlaces(queries: try trial.indices(places.queries), keys: try trial.indices(places.keys))
        }
        return (
            input,
            try AttentionOptions(
                heads: values.heads, scale: Float(values.scale), sequences: values.sequences,
                keySequences: values.keySequences, mask: values.mask.map { try trial.tensor($0) },
                fullyMaskedRows: values.fullyMaskedRows,
                headScale: values.headScale.map { try trial.tensor($0) }, places: values.places.map(places),
                reach: values.reach, distanceBias: values.distanceBias.map { try trial.tensor($0) },
                relative: values.relative.map {
                    RelativeAttention(
                        keys: try $0.keys.map { try trial.tensor($0) },
                        queries: try $0.queries.map { try trial.tensor($0) }, rows: try trial.indices($0.rows))
                },
                rotation: values.rotation.map {
                    Rotation(
                        cosines: try trial.tensor($0.cosines), sines: try trial.tensor($0.sines),
                        positions: try $0.positions.map(places))
                }, dropout: values.dropout)
        )
    }

    /// Returns the context of self-attention without checking it.
    static func context(_ trial: Trial, _ values: AttentionValues) throws -> Values {
        try trial.values(result(trial, values, fused: true).context, shape: values.value.shape)
    }

    /// Calls the backend and checks the context and, optionally, the probabilities.
    static func check(
        _ trial: Trial, _ values: AttentionValues, fused: Bool = false, probabilities: Bool = false
    ) throws {
        let result = try result(trial, values, fused: fused, probabilities: probabilities)
        let want = Oracle.attention(values)
        if want.context.elements.isEmpty { trial.prove() }
        try trial.expect(result.context, want.context, trial.tolerance(.attention), "context")
        switch (result.probabilities, probabilities) {
        case (let got?, true):
            try trial.expect(got, want.probabilities, trial.tolerance(.attention), "probabilities")
        case (nil, true): trial.fail("the requested probabilities are missing")
        case (.some, false): trial.fail("probabilities were returned without a request")
        case (nil, false): break
        }
    }

    private static func shapes(_ tokens: Int, _ width: Int) -> [Shape] { [[tokens, 3 * width]] }

    private static let hand: [CaseTemplate] = [
        CaseTemplate(.attention, .hand, "equal-keys", [[2, 2], [2, 2], [2, 2]]) { trial in
            // Equal keys get equal probabilities, so the context is the mean of the values.
            let options = AttentionOptions(heads: 1, scale: 1, sequences: try PackedSequences(lengths: [2]))
            let key = try trial.tensor(Values([2, 2], [1, 1, 1, 1]))
            let value = try trial.tensor(Values([2, 2], [1, 2, 3, 6]))
            let result = try trial.backend.attention(.separate(query: key, key: key, value: value), options)
            try trial.expect(result.context, Values([2, 2], [2, 4, 2, 4]), trial.tolerance(.attention))
        },
        CaseTemplate(.attention, .hand, "heads-are-apart", [[1, 4], [1, 4], [1, 4]]) { trial in
            // A single token attends to itself, in each head.
            let options = AttentionOptions(heads: 2, scale: 1, sequences: try PackedSequences(lengths: [1]))
            let x = try trial.tensor(Values([1, 4], [5, -5, 2, 1]))
            let value = try trial.tensor(Values([1, 4], [1, 2, 3, 4]))
            let result = try trial.backend.attention(.separate(query: x, key: x, value: value), options)
            try trial.expect(result.context, Values([1, 4], [1, 2, 3, 4]), .exact)
        },
    ]

    private static let random = [
        (1, 1, [1]), (2, 8, [3, 1, 5]), (3, 7, [4, 9]), (2, 31, [17]), (1, 33, [32, 31, 33]), (4, 16, [2, 2, 2, 2]),
        (12, 8, [7, 13]), (2, 64, [16, 5]), (2, 4, [0, 3, 0, 2]), (2, 4, []), (1, 128, [9, 4]),
    ].flatMap { (heads: Int, size: Int, lengths: [Int]) in
        [false, true].map { fused in
            let list = lengths.isEmpty ? "none" : lengths.map(String.init).joined(separator: "-")
            return CaseTemplate(
                .attention, .random, "\(heads)x\(size)-\(list)\(fused ? "-fused" : "")",
                shapes(lengths.reduce(0, +), heads * size)
            ) { trial in
                let values = try operands(trial, heads: heads, headSize: size, lengths: lengths)
                try check(trial, values, fused: fused, probabilities: true)
            }
        }
    }

    private static let cross: [CaseTemplate] = [
        CaseTemplate(.attention, .random, "cross", [[9, 16], [12, 16], [12, 16]]) { trial in
            let values = try operands(trial, heads: 2, headSize: 8, lengths: [3, 1, 5], keyLengths: [7, 4, 1])
            try check(trial, values, probabilities: true)
        },
        CaseTemplate(.attention, .random, "wider-values", [[6, 16], [6, 16], [6, 22]]) { trial in
            let values = try operands(trial, heads: 2, headSize: 8, valueSize: 11, lengths: [4, 2])
            try check(trial, values, probabilities: true)
        },
    ]

    private static let options: [CaseTemplate] = [false, true].flatMap { fused in
        [
            CaseTemplate(.attention, .random, "mask\(fused ? "-fused" : "")", shapes(12, 16)) { trial in
                var values = try operands(trial, heads: 2, headSize: 8, lengths: [5, 7])
                values.mask = Values([25 + 49]) { _ in
                    [0, 0, -1.5, -Double(Float.greatestFiniteMagnitude), -.infinity][trial.numbers.below(5)]
                }
                try check(trial, values, fused: fused, probabilities: true)
            },
            CaseTemplate(.attention, .random, "causal\(fused ? "-fused" : "")", shapes(37, 16)) { trial in
                var values = try operands(trial, heads: 2, headSize: 8, lengths: [33, 4])
                func causal(_ length: Int) -> [Double] {
                    (0..<length * length).map {
                        $0 % length <= $0 / length ? 0 : -Double(Float.greatestFiniteMagnitude)
                    }
                }
                values.mask = Values([33 * 33 + 16], causal(33) + causal(4))
                try check(trial, values, fused: fused)
            },
            CaseTemplate(.attention, .random, "head-scale\(fused ? "-fused" : "")", shapes(12, 24)) { trial in
                var values = try operands(trial, heads: 3, headSize: 8, lengths: [5, 7])
                values.headScale = Values([3], [0, 1, 0.5])
                try check(trial, values, fused: fused, probabilities: true)
            },
        ]
    }

    /// 512 tokens or more, checked for some of the queries, each of which attends to all keys.
    private static let long = [(512, 1, 64), (513, 2, 16), (1_031, 1, 8)].map { tokens, heads, size in
        CaseTemplate(.attention, .edge, "\(tokens)-tokens", shapes(tokens, heads * size)) { trial in
            let values = try operands(trial, heads: heads, headSize: size, lengths: [tokens])
            let input = Oracle.concatenate([values.query, values.key, values.value], axis: 1)
            let result = try trial.backend.attention(
                .fused(trial.tensor(input)),
                AttentionOptions(heads: heads, scale: Float(values.scale), sequences: values.sequences))
            let got = try trial.values(result.context, shape: values.value.shape)
            for query in [0, 1, 31, tokens / 2, tokens - 2, tokens - 1] {
                let alone = AttentionValues(
                    query: values.query.rows(query..<query + 1), key: values.key, value: values.value, heads: heads,
                    scale: values.scale, sequences: try PackedSequences(lengths: [1]), keySequences: values.sequences)
                trial.compare(
                    got.rows(query..<query + 1), Oracle.attention(alone).context, trial.tolerance(.attention),
                    "query \(query)")
            }
        }
    }

    private static let special: [CaseTemplate] = [
        CaseTemplate(.attention, .special, "nothing-to-attend-to", shapes(5, 16)) { trial in
            // A query whose keys are all masked attends to all of them equally.
            for hidden in [-Double.infinity, -Double(Float.greatestFiniteMagnitude)] {
                var values = try operands(trial, heads: 2, headSize: 8, lengths: [5])
                let lowest = -Double(Float.greatestFiniteMagnitude)
                values.mask = Values([25]) { $0 / 5 == 2 ? hidden : $0 / 5 == 4 ? [hidden, lowest][$0 % 2] : 0 }
                try check(trial, values, probabilities: true)
            }
        },
        CaseTemplate(.attention, .special, "zeros-for-nothing-to-attend-to", shapes(37, 16)) { trial in
            // With `zeros`, it gets zeros instead. The context of a query that sees one key is that key's value.
            for (hidden, fused) in [(-Double.infinity, false), (-Double(Float.greatestFiniteMagnitude), true)] {
                var values = try operands(trial, heads: 2, headSize: 8, lengths: [33, 4])
                let lowest = -Double(Float.greatestFiniteMagnitude)
                values.fullyMaskedRows = .zeros
                values.mask = Values([33 * 33 + 16]) { index in
                    let (row, column) = index < 33 * 33 ? (index / 33, index % 33) : (5, 0)
                    switch row % 6 {
                    case 2: return hidden
                    case 4: return [hidden, lowest][column % 2]
                    case 5: return column == 7 ? -2 : hidden
                    default: return 0
                    }
                }
                values.headScale = Values([2], [0.5, 2])
                try check(trial, values, fused: fused, probabilities: true)
            }
        },
        CaseTemplate(.attention, .special, "huge-scores", shapes(6, 16)) { trial in
            var values = try operands(trial, heads: 2, headSize: 8, lengths: [6])
            values = AttentionValues(
                query: values.query.map { $0 * 1e4 }.rounded(to: .float32), key: values.key, value: values.value,
                heads: 2, scale: values.scale, sequences: values.sequences, keySequences: values.keySequences)
            // The greatest score dominates. Scores of 10⁴ are rounded to 10⁻³, so a close second may contribute a
            // little.
            let result = try trial.backend.attention(
                .separate(
                    query: trial.tensor(values.query), key: trial.tensor(values.key), value: trial.tensor(values.value)),
                AttentionOptions(heads: 2, scale: Float(values.scale), sequences: values.sequences))
            try trial.expect(
                result.context, Oracle.attention(values).context, Tolerance(absolute: 0.02, relative: 0))
        },
        CaseTemplate(.attention, .special, "nan-stays-in-its-sequence", shapes(7, 16)) { trial in
            let values = try operands(trial, heads: 2, headSize: 8, lengths: [3, 4])
            var query = values.query
            query.elements[2 * 16] = .nan
            let damaged = AttentionValues(
                query: query, key: values.key, value: values.value, heads: 2, scale: values.scale,
                sequences: values.sequences, keySequences: values.keySequences)
            try check(trial, damaged)
        },
    ]

    private static let refusal: [CaseTemplate] = [
        CaseTemplate(.attention, .refusal, "shapes") { trial in
            let sequences = try PackedSequences(lengths: [2, 3])
            func refused(_ what: String, _ shape: Shape, heads: Int = 2, code: BertError.Code = .invalidShape) throws {
                let x = try trial.tensor(trial.numbers.whole(shape))
                trial.expectError(code, what) {
                    _ = try trial.backend.attention(
                        .fused(x), AttentionOptions(heads: heads, scale: 1, sequences: sequences))
                }
            }
            try refused("seven columns in three parts", [5, 7])
            try refused("two heads in nine columns", [5, 9])
            try refused("four rows for five tokens", [4, 12])
            try refused("no heads", [5, 12], heads: 0, code: .invalidArgument)
        },
        CaseTemplate(.attention, .refusal, "options") { trial in
            let x = try trial.tensor(trial.numbers.whole([5, 12]))
            let sequences = try PackedSequences(lengths: [2, 3])
            let short = try trial.tensor(trial.numbers.whole([12]))
            trial.expectError(.invalidShape, naming: [[12]], "a mask of 12 for 13 scores") {
                _ = try trial.backend.attention(
                    .fused(x), AttentionOptions(heads: 2, scale: 1, sequences: sequences, mask: short))
            }
            let three = try trial.tensor(trial.numbers.whole([3]))
            trial.expectError(.invalidShape, naming: [[3]], "a head mask of three for two heads") {
                _ = try trial.backend.attention(
                    .fused(x), AttentionOptions(heads: 2, scale: 1, sequences: sequences, headScale: three))
            }
        },
    ]
}

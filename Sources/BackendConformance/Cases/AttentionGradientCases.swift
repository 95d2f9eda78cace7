import BertCore

/// Cases for the gradient of attention, checked against finite differences in double precision.
enum AttentionGradientCases {
    static let all: [CaseTemplate] = whole + sampled + dropout + special + refusal

    // MARK: Every element

    /// The options that a case adds to plain self-attention with two heads.
    private struct Form {
        var keys: [Int]?
        var valueSize: Int?
        var masked = false
        var headScale = false
        var dropout: Dropout?
        var reach: Int?
        var bias: Int?
        var relative: (keys: Bool, queries: Bool)?
        var rotated = false
        var placed = false

        static let all: [(String, [Int], Form)] = [
            ("plain", [3, 1, 4], Form()), ("nobody", [], Form()), ("empty-sequences", [0, 3, 0], Form()),
            ("cross", [3, 1], Form(keys: [2, 4])), ("wider-values", [4, 2], Form(valueSize: 5)),
            ("mask", [4, 3], Form(masked: true)), ("head-scale", [4, 3], Form(headScale: true)),
            ("dropout", [4, 3], Form(dropout: Dropout(rate: 0.4, seed: 3, step: 5, site: 7))),
            ("reach", [5, 2], Form(reach: 1)), ("reach-and-places", [5, 2], Form(reach: 2, placed: true)),
            ("distance-bias", [5, 2], Form(bias: 2)),
            ("relative-keys", [4, 2], Form(relative: (true, false))),
            ("relative-queries", [4, 2], Form(relative: (false, true))),
            ("rotation", [4, 3], Form(rotated: true)),
            ("rotation-and-places", [4, 3], Form(rotated: true, placed: true)),
            (
                "everything", [4, 3],
                Form(
                    masked: true, headScale: true, dropout: Dropout(rate: 0.3, seed: 9, step: 2, site: 1), reach: 3,
                    bias: 1, relative: (true, true), rotated: true, placed: true)
            ),
        ]
    }

    private static let whole: [CaseTemplate] = Form.all.flatMap { name, lengths, form in
        (form.keys == nil && form.valueSize == nil ? [false, true] : [false]).map { fused in
            let tokens = lengths.reduce(0, +)
            return CaseTemplate(
                .attentionGradient, .gradients, "\(name)\(fused ? "-fused" : "")",
                fused
                    ? [[tokens, 24], [tokens, 8]] : [[tokens, 8], [tokens, 8], [tokens, 2 * (form.valueSize ?? 4)]]
            ) { trial in
                var values = try AttentionCases.operands(
                    trial, heads: 2, headSize: 4, valueSize: form.valueSize, lengths: lengths, keyLengths: form.keys)
                values.roundsScores = false
                add(form, to: &values, trial)
                let g = trial.numbers.spread([tokens, values.value.width])
                if tokens == 0 { trial.prove() }
                try check(trial, values, g, fused: fused)
            }
        }
    }

    private static func add(_ form: Form, to values: inout AttentionValues, _ trial: Trial) {
        let heads = values.heads
        let scoreCount = (0..<values.sequences.count).reduce(0) {
            $0 + values.sequences[$1].count * values.keySequences[$1].count
        }
        if form.masked {
            // The first key of each row is visible, and no keys are masked if reach excludes it, so that every query
            // has a visible key.
            let hidden = form.reach == nil ? -Double(Float.greatestFiniteMagnitude) : -3
            var mask: [Double] = []
            for sequence in 0..<values.sequences.count {
                for _ in values.sequences[sequence] {
                    for column in 0..<values.keySequences[sequence].count {
                        mask.append(
                            column == 0
                                ? -0.5 : [0, -1.5, hidden][trial.numbers.below(3)])
                    }
                }
            }
            values.mask = Values([scoreCount], mask)
        }
        if form.headScale { values.headScale = Values([heads]) { $0 == 0 ? 0.5 : 2 } }
        values.dropout = form.dropout
        values.reach = form.reach
        values.distanceBias = form.bias.map { trial.numbers.spread([heads, 2 * $0 + 1]) }
        let width = values.query.width
        values.relative = form.relative.map {
            (
                keys: $0.keys ? trial.numbers.spread([3, width]) : nil,
                queries: $0.queries ? trial.numbers.spread([3, width]) : nil, rows: trial.numbers.indices(5, below: 3)
            )
        }
        if form.rotated {
            values.rotation = RotationValues(
                cosines: trial.numbers.spread([20, 2]), sines: trial.numbers.spread([20, 2]))
        }
        if form.placed {
            func places(_ sequences: PackedSequences) -> Values {
                Values(
                    [sequences.totalLength],
                    (0..<sequences.count).flatMap { sequence in
                        sequences[sequence].indices.map { Double(($0 - sequences[sequence].lowerBound) * 2 + sequence) }
                    })
            }
            values.places = (places(values.sequences), places(values.keySequences))
        }
    }

    private static func gradient(
        _ trial: Trial, _ values: AttentionValues, _ g: Values, fused: Bool
    ) throws -> (AttentionGradient, inputs: [Tensor]) {
        let (input, options) = try AttentionCases.call(trial, values, fused: fused)
        let got = try trial.backend.attentionGradient(input, options, gradient: trial.tensor(g))
        switch got.input {
        case .fused(let tensor):
            if !fused { trial.fail("one gradient of three operands") }
            return (got, [tensor])
        case .separate(let query, let key, let value):
            if fused { trial.fail("three gradients of one operand") }
            return (got, [query, key, value])
        }
    }

    /// Checks all elements of all gradients.
    private static func check(_ trial: Trial, _ values: AttentionValues, _ g: Values, fused: Bool) throws {
        let (got, inputs) = try gradient(trial, values, g, fused: fused)
        let tolerance = trial.tolerance(.attentionGradient, depth: 8)
        var fixed = values
        fixed.factors = values.dropoutFactors
        func slope(_ x: Values, _ change: (inout AttentionValues, Values) -> Void) -> Values {
            Oracle.gradient(at: x, g) { moved in
                var values = fixed
                change(&values, moved)
                return Oracle.attention(values).context
            }
        }
        let query = slope(values.query) { $0.query = $1 }
        let key = slope(values.key) { $0.key = $1 }
        let value = slope(values.value) { $0.value = $1 }
        let wanted = fused ? [Oracle.concatenate([query, key, value], axis: 1)] : [query, key, value]
        guard inputs.count == wanted.count else { return trial.fail("\(inputs.count) gradients") }
        for (index, (tensor, want)) in zip(inputs, wanted).enumerated() {
            try trial.expect(tensor, want, tolerance, fused ? "∂QKV" : ["∂Q", "∂K", "∂V"][index])
        }
        func expect(_ tensor: Tensor?, _ want: Values?, _ what: String) throws {
            switch (tensor, want) {
            case (let tensor?, let want?): try trial.expect(tensor, want, tolerance, what)
            case (nil, nil): break
            default: trial.fail("\(what): a gradient goes with a table")
            }
        }
        try expect(got.distanceBias, values.distanceBias.map { slope($0) { $0.distanceBias = $1 } }, "∂ distance bias")
        try expect(
            got.relativeKeys, values.relative?.keys.map { slope($0) { $0.relative?.keys = $1 } }, "∂ keys' table")
        try expect(
            got.relativeQueries, values.relative?.queries.map { slope($0) { $0.relative?.queries = $1 } },
            "∂ queries' table")
    }

    // MARK: Some elements of large calls

    private static let sampled: [CaseTemplate] = [
        (2, 32, [33, 1], false, false), (1, 64, [70], false, true), (3, 7, [17, 40], true, true),
        (12, 8, [31, 32, 5], false, false), (2, 33, [48], true, false), (4, 16, [90, 9], true, true),
    ].map { (heads: Int, size: Int, lengths: [Int], masked: Bool, scaled: Bool) in
        let tokens = lengths.reduce(0, +)
        return CaseTemplate(
            .attentionGradient, .gradients,
            "\(heads)x\(size)-\(lengths.map(String.init).joined(separator: "-"))\(masked ? "-mask" : "")\(scaled ? "-scaled" : "")",
            [[tokens, 3 * heads * size], [tokens, heads * size]]
        ) { trial in
            var values = try AttentionCases.operands(trial, heads: heads, headSize: size, lengths: lengths)
            values.roundsScores = false
            add(Form(masked: masked), to: &values, trial)
            if scaled {
                values.headScale = trial.numbers.spread([heads])
                values.dropout = Dropout(rate: 0.2, seed: trial.numbers.next(), step: 1, site: 2)
            }
            let g = trial.numbers.spread([tokens, heads * size])
            let (_, inputs) = try gradient(trial, values, g, fused: true)
            let got = try trial.values(inputs[0], shape: [tokens, 3 * heads * size])
            let tolerance = trial.tolerance(.attentionGradient, depth: lengths.max() ?? 1)
            for _ in 0..<9 {
                let (sequence, head) = (trial.numbers.below(lengths.count), trial.numbers.below(heads))
                let part = values.part(sequence, head)
                let rows = values.sequences[sequence]
                let ownG = Oracle.slice(g.rows(rows), axis: 1, range: head * size..<(head + 1) * size)
                let (row, feature, what) = (
                    trial.numbers.below(rows.count), trial.numbers.below(size), trial.numbers.below(3)
                )
                let want = Oracle.slope { shift in
                    var moved = part
                    switch what {
                    case 0: moved.query.elements[row * size + feature] += shift
                    case 1: moved.key.elements[row * size + feature] += shift
                    default: moved.value.elements[row * size + feature] += shift
                    }
                    return Oracle.dot(Oracle.attention(moved).context, ownG)
                }
                let index = (rows.lowerBound + row) * 3 * heads * size + (what * heads + head) * size + feature
                trial.compare(got.elements[index], want, at: index, tolerance, ["∂Q", "∂K", "∂V"][what])
            }
        }
    }

    // MARK: Dropout

    private static let dropout: [CaseTemplate] = [(2, 8, [3, 1, 5]), (3, 7, [17, 33]), (1, 64, [70])].flatMap {
        (heads: Int, size: Int, lengths: [Int]) in
        [false, true].map { placed in
            let name = "dropout-\(heads)x\(size)-\(lengths.count)\(placed ? "-reach" : "")"
            return CaseTemplate(.attention, .random, name, [[lengths.reduce(0, +), 3 * heads * size]]) { trial in
                var values = try AttentionCases.operands(trial, heads: heads, headSize: size, lengths: lengths)
                values.dropout = Dropout(rate: 0.3, seed: trial.numbers.next(), step: 4, site: 5)
                if placed { values.reach = 6 }
                for wantsProbabilities in [false, true] {
                    try AttentionCases.check(trial, values, fused: true, probabilities: wantsProbabilities)
                }
            }
        }
    }

    // MARK: Special rows and refusals

    private static let special: [CaseTemplate] = [
        CaseTemplate(
            .attentionGradient, .special, "a-hidden-query-has-a-gradient", [[2, 2], [2, 2], [2, 2]]
        ) { trial in
            // All keys are masked, so both have probability ½: dV = ½ g, and with equal keys all other gradients are
            // zero.
            let x = Values([2, 2], [1, 0, 1, 0])
            let (value, g) = (Values([2, 2], [1, 2, 5, 8]), Values([2, 2], [1, 0, 0, 0]))
            let mask = Values([4], repeating: -Double(Float.greatestFiniteMagnitude))
            let options = AttentionOptions(
                heads: 1, scale: 1, sequences: try PackedSequences(lengths: [2]), mask: try trial.tensor(mask))
            let got = try trial.backend.attentionGradient(
                .separate(query: trial.tensor(x), key: trial.tensor(x), value: trial.tensor(value)), options,
                gradient: trial.tensor(g))
            guard case .separate(let dq, let dk, let dv) = got.input else { return trial.fail("the input's form") }
            let tolerance = trial.tolerance(.attentionGradient)
            try trial.expect(dv, Values([2, 2], [0.5, 0, 0.5, 0]), tolerance, "∂V")
            // dP = (1, 5) with mean 3: dS = ½ (−2, 2).
            try trial.expect(dk, Values([2, 2], [-1, 0, 1, 0]), tolerance, "∂K")
            try trial.expect(dq, Values([2, 2], [0, 0, 0, 0]), tolerance, "∂Q")
        },
        CaseTemplate(
            .attentionGradient, .special, "a-query-of-zeros-has-no-gradient", [[2, 2], [2, 2], [2, 2]]
        ) { trial in
            // All keys of the second query are masked and its context is zeros, so it has no gradient, with or without
            // a reach.
            for reach in [nil, 1] {
                let x = Values([2, 2], [1, 0, 1, 0])
                let lowest = -Double(Float.greatestFiniteMagnitude)
                let options = AttentionOptions(
                    heads: 1, scale: 1, sequences: try PackedSequences(lengths: [2]),
                    mask: try trial.tensor(Values([4], [0, 0, lowest, lowest])), fullyMaskedRows: .zeros, reach: reach)
                let got = try trial.backend.attentionGradient(
                    .separate(
                        query: trial.tensor(x), key: trial.tensor(x),
                        value: trial.tensor(Values([2, 2], [1, 2, 5, 8]))),
                    options, gradient: trial.tensor(Values([2, 2], [1, 0, 8, 16])))
                guard case .separate(let dq, let dk, let dv) = got.input else { return trial.fail("the input's form") }
                let tolerance = trial.tolerance(.attentionGradient)
                try trial.expect(dv, Values([2, 2], [0.5, 0, 0.5, 0]), tolerance, "∂V")
                // dP = (1, 5), its mean is 3: dS = ½ (−2, 2).
                try trial.expect(dk, Values([2, 2], [-1, 0, 1, 0]), tolerance, "∂K")
                try trial.expect(dq, Values([2, 2], [0, 0, 0, 0]), tolerance, "∂Q")
            }
        },
        CaseTemplate(.attentionGradient, .special, "nobody-in-reach", [[2, 2], [2, 2], [2, 2]]) { trial in
            // The second query is out of reach of all keys: its context and all of its gradients are zero.
            let x = Values([2, 2], [1, 0, 1, 0])
            let options = AttentionOptions(
                heads: 1, scale: 1, sequences: try PackedSequences(lengths: [2]),
                places: AttentionPlaces(
                    queries: try trial.indices(Values([2], [0, 90])), keys: try trial.indices(Values([2], [0, 1]))),
                reach: 1)
            let got = try trial.backend.attentionGradient(
                .separate(query: trial.tensor(x), key: trial.tensor(x), value: trial.tensor(x)), options,
                gradient: trial.tensor(Values([2, 2], [2, 4, 8, 16])))
            guard case .separate(_, _, let dv) = got.input else { return trial.fail("the input's form") }
            try trial.expect(dv, Values([2, 2], [1, 2, 1, 2]), trial.tolerance(.attentionGradient), "∂V")
        },
    ]

    private static let refusal: [CaseTemplate] = [
        CaseTemplate(.attentionGradient, .refusal, "shapes") { trial in
            let options = AttentionOptions(heads: 2, scale: 1, sequences: try PackedSequences(lengths: [3]))
            let qkv = try trial.tensor(trial.numbers.whole([3, 12]))
            let g = try trial.tensor(trial.numbers.whole([2, 4]))
            trial.expectError(.invalidShape, naming: [[2, 4], [3, 4]], "a gradient of two tokens") {
                _ = try trial.backend.attentionGradient(.fused(qkv), options, gradient: g)
            }
            for rate in [-1, 1] as [Float] {
                var options = options
                options.dropout = Dropout(rate: rate, seed: 1, step: 1, site: 1)
                trial.expectError(.invalidArgument, "a dropout of \(rate)") {
                    _ = try trial.backend.attention(.fused(qkv), options)
                }
            }
        }
    ]
}

extension AttentionValues {
    /// Returns one head of one sequence.
    fileprivate func part(_ sequence: Int, _ head: Int) -> AttentionValues {
        let (queries, keys) = (sequences[sequence], keySequences[sequence])
        let (size, valueSize) = (query.width / heads, value.width / heads)
        func rows(_ x: Values, _ rows: Range<Int>, _ size: Int) -> Values {
            Oracle.slice(x.rows(rows), axis: 1, range: head * size..<(head + 1) * size)
        }
        var start = 0
        for earlier in 0..<sequence { start += sequences[earlier].count * keySequences[earlier].count }
        let count = queries.count * keys.count
        var part = AttentionValues(
            query: rows(query, queries, size), key: rows(key, keys, size), value: rows(value, keys, valueSize),
            heads: 1,
            scale: scale, sequences: PackedSequences(single: queries.count),
            keySequences: PackedSequences(single: keys.count))
        part.roundsScores = roundsScores
        part.mask = mask.map { $0.rows(start..<start + count) }
        part.headScale = headScale.map { $0.rows(head..<head + 1) }
        if let dropout {
            let first = heads * start + head * count
            part.factors = Array(Oracle.dropout(first + count, dropout)[first...])
        }
        return part
    }
}

extension PackedSequences {
    /// Creates a single sequence.
    fileprivate init(single length: Int) {
        // Nonnegative lengths are always valid.
        self = (try? PackedSequences(lengths: [length])) ?? PackedSequences(single: 0)
    }
}

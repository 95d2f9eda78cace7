import BertCore

/// Cases for position-dependent attention: reach, distance bias, relative tables, rotation and explicit places.
enum AttentionPositionCases {
    static let all: [CaseTemplate] =
        hand + reach + bias + relative + rotation + places + company + invariance + refusal

    /// The options that a case adds to plain attention.
    private struct Form {
        var reach: Int?
        /// R of the distance bias.
        var bias: Int?
        /// R and the number of rows of the relative tables, and which of the tables exist.
        var relative: (limit: Int, rows: Int, keys: Bool, queries: Bool)?
        /// The number of positions of the rotation.
        var rotation: Int?

        static let all: [(name: String, form: Form)] = [
            ("reach", Form(reach: 3)), ("bias", Form(bias: 5)),
            ("relative", Form(relative: (6, 8, true, true))), ("rotation", Form(rotation: 120)),
            ("everything", Form(reach: 9, bias: 4, relative: (5, 7, true, true), rotation: 120)),
        ]

        func add(to values: inout AttentionValues, _ trial: Trial) {
            let (heads, width) = (values.heads, values.query.width)
            values.reach = reach
            values.distanceBias = bias.map { trial.numbers.spread([heads, 2 * $0 + 1], scale: 2) }
            if let relative {
                values.relative = (
                    keys: relative.keys ? trial.numbers.spread([relative.rows, width], scale: 2) : nil,
                    queries: relative.queries ? trial.numbers.spread([relative.rows, width], scale: 2) : nil,
                    rows: trial.numbers.indices(2 * relative.limit + 1, below: relative.rows)
                )
            }
            if let rotation {
                // The tables contain arbitrary numbers, which distinguish their rows and columns.
                let shape: Shape = [rotation, width / heads / 2]
                values.rotation = RotationValues(
                    cosines: trial.numbers.spread(shape), sines: trial.numbers.spread(shape))
            }
        }
    }

    private static func values(
        _ trial: Trial, heads: Int = 2, headSize: Int = 8, _ lengths: [Int], keys: [Int]? = nil, _ form: Form
    ) throws -> AttentionValues {
        var values = try AttentionCases.operands(
            trial, heads: heads, headSize: headSize, lengths: lengths, keyLengths: keys)
        form.add(to: &values, trial)
        return values
    }

    private static func attention(
        _ kind: ConformanceCase.Kind, _ name: String, _ shapes: [Shape] = [[12, 48]],
        _ body: @escaping @Sendable (Trial) throws -> Void
    ) -> CaseTemplate {
        CaseTemplate(.attention, kind, name, shapes, body)
    }

    // MARK: Cases

    private static let hand: [CaseTemplate] = [
        attention(.hand, "reach-of-one", [[4, 1], [4, 1], [4, 1]]) { trial in
            // All scores are equal: each query computes the mean of the adjacent values.
            let (zero, value) = (Values([4, 1], [0, 0, 0, 0]), Values([4, 1], [1, 2, 6, 10]))
            let options = AttentionOptions(
                heads: 1, scale: 1, sequences: try PackedSequences(lengths: [4]), reach: 1)
            let result = try trial.backend.attention(
                .separate(query: trial.tensor(zero), key: trial.tensor(zero), value: trial.tensor(value)), options)
            try trial.expect(
                result.context, Values([4, 1], [1.5, 3, 6, 8]), trial.tolerance(.attention))
        },
        attention(.hand, "bias-of-the-key-behind", [[3, 1], [3, 1], [3, 1]]) { trial in
            // The distance is that from the query to the key: −1 is the previous key.
            let (zero, value) = (Values([3, 1], [0, 0, 0]), Values([3, 1], [1, 2, 4]))
            let options = AttentionOptions(
                heads: 1, scale: 1, sequences: try PackedSequences(lengths: [3]),
                distanceBias: try trial.tensor(Values([1, 3], [100, 0, -100])))
            let result = try trial.backend.attention(
                .separate(query: trial.tensor(zero), key: trial.tensor(zero), value: trial.tensor(value)), options)
            // The last query attends equally to the two previous keys: distances beyond the table use its ends.
            try trial.expect(result.context, Values([3, 1], [1, 1, 1.5]), trial.tolerance(.attention))
        },
        attention(.hand, "quarter-turn", [[2, 2], [2, 2], [2, 2]]) { trial in
            // The second position is rotated by 90°: (1, 0) becomes (0, 1), which is orthogonal to the first key.
            let x = Values([2, 2], [1, 0, 1, 0])
            let options = AttentionOptions(
                heads: 1, scale: 100, sequences: try PackedSequences(lengths: [2]),
                rotation: Rotation(
                    cosines: try trial.tensor(Values([2, 1], [1, 0])), sines: try trial.tensor(Values([2, 1], [0, 1]))))
            let result = try trial.backend.attention(
                .separate(
                    query: trial.tensor(x), key: trial.tensor(x), value: trial.tensor(Values([2, 2], [1, 2, 3, 4]))),
                options)
            try trial.expect(result.context, Values([2, 2], [1, 2, 3, 4]), trial.tolerance(.attention))
        },
    ]

    private static let reach: [CaseTemplate] =
        [0, 1, 2, 7, 16, 31, 64, 1_000, .max].map { reach in
            attention(.random, "reach-\(reach == .max ? "greatest" : "\(reach)")", [[86, 48]]) { trial in
                let values = try values(trial, [50, 1, 35], Form(reach: reach))
                try AttentionCases.check(trial, values, fused: true, probabilities: true)
            }
        } + [
            attention(.random, "reach-and-mask", [[37, 48]]) { trial in
                // Some keys in reach masked, all keys in reach masked, and a mask out of reach that has no effect.
                var values = try values(trial, [33, 4], Form(reach: 2))
                values.mask = Values([33 * 33 + 16]) { index in
                    let (row, column) = index < 33 * 33 ? (index / 33, index % 33) : (0, 0)
                    if row % 7 == 3 { return -Double(Float.greatestFiniteMagnitude) }
                    if row % 7 == 5 { return -.infinity }
                    return (row + column) % 3 == 0 ? -Double(Float.greatestFiniteMagnitude) : 0
                }
                try AttentionCases.check(trial, values, fused: true, probabilities: true)
            },
            attention(.random, "reach-and-mask-zeros", [[37, 48]]) { trial in
                // Queries whose keys in reach are all masked get zeros, even if keys out of reach are not masked.
                var values = try values(trial, [33, 4], Form(reach: 2, bias: 3))
                values.fullyMaskedRows = .zeros
                values.mask = Values([33 * 33 + 16]) { index in
                    let column = index < 33 * 33 ? index % 33 : (index - 33 * 33) % 4
                    return column < 12 || column % 9 == 3 ? 0 : -Double(Float.greatestFiniteMagnitude)
                }
                try AttentionCases.check(trial, values, fused: true, probabilities: true)
            },
            attention(.random, "reach-across", [[9, 16], [70, 16], [70, 16]]) { trial in
                // More keys than queries: the last keys are out of reach of all queries.
                let values = try values(trial, [3, 1, 5], keys: [60, 8, 2], Form(reach: 4))
                try AttentionCases.check(trial, values, probabilities: true)
            },
            attention(.edge, "reach-300-tokens", [[300, 24]]) { trial in
                let values = try values(trial, heads: 1, headSize: 8, [300], Form(reach: 64))
                try AttentionCases.check(trial, values, fused: true)
            },
            attention(.edge, "reach-of-nobody", [[3, 16], [4, 16], [4, 16]]) { trial in
                // The context of a query without keys in reach is zero.
                var values = try values(trial, [3], keys: [4], Form(reach: 1))
                values.places = (Values([3], [0, 50, 2]), Values([4], [0, 1, 2, 90]))
                try AttentionCases.check(trial, values, probabilities: true)
            },
            attention(.edge, "reach-head-scale", [[12, 48]]) { trial in
                var values = try values(trial, [5, 7], Form(reach: 1))
                values.headScale = Values([2], [0.5, 2])
                try AttentionCases.check(trial, values, fused: true, probabilities: true)
            },
        ]

    private static let bias: [CaseTemplate] =
        [0, 1, 3, 33, 91].map { limit in
            attention(.random, "bias-\(limit)", [[86, 72]]) { trial in
                let values = try values(trial, heads: 3, [50, 1, 35], Form(bias: limit))
                try AttentionCases.check(trial, values, fused: true, probabilities: true)
            }
        } + [
            attention(.random, "bias-and-mask", [[12, 48]]) { trial in
                var values = try values(trial, [5, 7], Form(bias: 3))
                values.mask = Values([25 + 49]) { _ in
                    [0, 0, -1.5, -Double(Float.greatestFiniteMagnitude), -.infinity][trial.numbers.below(5)]
                }
                try AttentionCases.check(trial, values, fused: true, probabilities: true)
            },
            attention(.random, "bias-across", [[9, 16], [50, 16], [50, 16]]) { trial in
                let values = try values(trial, [3, 1, 5], keys: [40, 4, 6], Form(bias: 17))
                try AttentionCases.check(trial, values, probabilities: true)
            },
        ]

    private static let relative: [CaseTemplate] =
        [(true, true), (true, false), (false, true)].flatMap { keys, queries in
            [(0, 1), (3, 7), (20, 16), (40, 81)].map { limit, rows in
                let name = "relative-\(keys ? "c2p-" : "")\(queries ? "p2c-" : "")\(limit)-\(rows)"
                return attention(.random, name, [[56, 48]]) { trial in
                    let values = try values(trial, [20, 1, 35], Form(relative: (limit, rows, keys, queries)))
                    try AttentionCases.check(trial, values, fused: true, probabilities: true)
                }
            }
        } + [
            attention(.random, "relative-across", [[9, 16], [50, 16], [50, 16]]) { trial in
                let values = try values(trial, [3, 1, 5], keys: [40, 4, 6], Form(relative: (9, 12, true, true)))
                try AttentionCases.check(trial, values, probabilities: true)
            }
        ]

    private static let rotation: [CaseTemplate] =
        [(1, 2), (2, 8), (3, 10), (1, 34), (2, 64)].map { heads, size in
            attention(.random, "rotation-\(heads)x\(size)", [[56, 3 * heads * size]]) { trial in
                for fused in [false, true] {
                    let values = try values(trial, heads: heads, headSize: size, [20, 1, 35], Form(rotation: 35))
                    try AttentionCases.check(trial, values, fused: fused, probabilities: true)
                }
            }
        } + [
            attention(.random, "rotation-positions", [[12, 48]]) { trial in
                // Position ids affect only the rotation.
                var values = try values(trial, [5, 7], Form(reach: 2, bias: 3, rotation: 30))
                let positions = trial.numbers.indices(12, below: 30)
                values.rotation?.positions = (positions, positions)
                try AttentionCases.check(trial, values, fused: true, probabilities: true)
            },
            attention(.random, "rotation-across", [[9, 16], [50, 16], [50, 16]]) { trial in
                let values = try values(trial, [3, 1, 5], keys: [40, 4, 6], Form(rotation: 40))
                try AttentionCases.check(trial, values, probabilities: true)
            },
            attention(.random, "rotation-wider-values", [[6, 16], [6, 16], [6, 22]]) { trial in
                var values = try AttentionCases.operands(
                    trial, heads: 2, headSize: 8, valueSize: 11, lengths: [4, 2])
                Form(reach: 2, rotation: 4).add(to: &values, trial)
                try AttentionCases.check(trial, values, probabilities: true)
            },
        ]

    /// Places with gaps, for all options.
    private static let places: [CaseTemplate] = Form.all.flatMap { name, form in
        [
            attention(.random, "holes-\(name)", [[45, 48]]) { trial in
                // As after dropping masked tokens: tokens after a gap have a greater distance than their rows.
                var values = try values(trial, [17, 3, 25], form)
                let places = Values([45], [17, 3, 25].flatMap { ascending($0, trial) })
                values.places = (places, places)
                try AttentionCases.check(trial, values, fused: true, probabilities: true)
            },
            attention(.random, "first-queries-\(name)", [[3, 16], [45, 16], [45, 16]]) { trial in
                // Only the first token of each sequence is a query, and not all sequences start at 0.
                var values = try values(trial, [1, 1, 1], keys: [17, 3, 25], form)
                let keys = [17, 3, 25].map { ascending($0, trial) }
                values.places = (Values([3], keys.map { $0[0] }), Values([45], keys.flatMap { $0 }))
                try AttentionCases.check(trial, values, probabilities: true)
            },
            attention(.random, "disordered-\(name)", [[20, 48]]) { trial in
                // Places need not be in ascending order.
                var values = try values(trial, [20], form)
                values.places = (trial.numbers.indices(20, below: 60), trial.numbers.indices(20, below: 60))
                try AttentionCases.check(trial, values, fused: true, probabilities: true)
            },
        ]
    }

    /// Returns ascending places with gaps, below 120.
    private static func ascending(_ count: Int, _ trial: Trial) -> [Double] {
        var place = trial.numbers.below(4)
        return (0..<count).map { _ in
            defer { place += 1 + (trial.numbers.below(3) == 0 ? trial.numbers.below(4) : 0) }
            return Double(place)
        }
    }

    /// A long sequence together with short ones and an empty one.
    private static let company: [CaseTemplate] = Form.all.map { name, form in
        attention(.edge, "long-and-short-\(name)", [[112, 48]]) { trial in
            let values = try values(trial, [2, 100, 0, 1, 9], form)
            try AttentionCases.check(trial, values, fused: true, probabilities: true)
        }
    }

    private static let invariance: [CaseTemplate] = Form.all.map { name, form in
        attention(.invariance, "packed-\(name)", [[62, 48]]) { trial in
            let lengths = [5, 1, 33, 16, 7]
            let together = try values(trial, lengths, form)
            let context = try AttentionCases.context(trial, together)
            var start = 0
            for length in lengths {
                let rows = start..<start + length
                var alone = AttentionValues(
                    query: together.query.rows(rows), key: together.key.rows(rows), value: together.value.rows(rows),
                    heads: together.heads, scale: together.scale, sequences: try PackedSequences(lengths: [length]),
                    keySequences: try PackedSequences(lengths: [length]))
                alone.reach = together.reach
                alone.distanceBias = together.distanceBias
                alone.relative = together.relative
                alone.rotation = together.rotation
                trial.compare(
                    try AttentionCases.context(trial, alone), context.rows(rows), trial.tolerance(.attention),
                    "sequence of \(length)")
                start += length
            }
        }
    }

    private static let refusal: [CaseTemplate] = [
        attention(.refusal, "positions") { trial in
            let x = try trial.tensor(trial.numbers.whole([5, 12]))
            let plain = AttentionOptions(heads: 2, scale: 1, sequences: try PackedSequences(lengths: [2, 3]))
            func refused(
                _ code: BertError.Code, _ what: String, naming shapes: [Shape] = [],
                _ change: (inout AttentionOptions) throws -> Void
            ) throws {
                var options = plain
                try change(&options)
                trial.expectError(code, naming: shapes, what) {
                    _ = try trial.backend.attention(.fused(x), options)
                }
            }
            func floats(_ shape: Shape) throws -> Tensor { try trial.tensor(trial.numbers.whole(shape)) }
            func integers(_ elements: [Double]) throws -> Tensor {
                try trial.indices(Values([elements.count], elements))
            }
            try refused(.invalidArgument, "a negative reach") { $0.reach = -1 }
            try refused(.invalidShape, "four places for five tokens", naming: [[4]]) {
                $0.places = AttentionPlaces(try integers([0, 1, 0, 1]))
            }
            try refused(.invalidShape, "places that are float32") { $0.places = AttentionPlaces(try floats([5])) }
            try refused(.invalidShape, "an even distance bias", naming: [[2, 4]]) {
                $0.distanceBias = try floats([2, 4])
            }
            try refused(.invalidShape, "a distance bias of one head", naming: [[1, 3]]) {
                $0.distanceBias = try floats([1, 3])
            }
            let three = try integers([0, 1, 2])
            try refused(.invalidArgument, "relative attention without tables") {
                $0.relative = RelativeAttention(keys: nil, queries: nil, rows: three)
            }
            try refused(.invalidShape, "a relative table of another width", naming: [[3, 5]]) {
                $0.relative = RelativeAttention(keys: try floats([3, 5]), queries: nil, rows: three)
            }
            try refused(.invalidShape, "relative tables of two lengths", naming: [[2, 4]]) {
                $0.relative = RelativeAttention(keys: try floats([3, 4]), queries: try floats([2, 4]), rows: three)
            }
            try refused(.invalidShape, "rows for no middle distance", naming: [[2]]) {
                $0.relative = RelativeAttention(keys: try floats([3, 4]), queries: nil, rows: try integers([0, 1]))
            }
            for bad in [3.0, -1] {
                try refused(.invalidArgument, "row \(bad) of three") {
                    $0.relative = RelativeAttention(
                        keys: try floats([3, 4]), queries: nil, rows: try integers([0, bad, 1]))
                }
            }
            let table = try floats([3, 1])
            try refused(.invalidShape, "a rotation of another width", naming: [[3, 2]]) {
                $0.rotation = Rotation(cosines: try floats([3, 2]), sines: try floats([3, 2]))
            }
            try refused(.invalidShape, "sines of fewer positions", naming: [[2, 1]]) {
                $0.rotation = Rotation(cosines: table, sines: try floats([2, 1]))
            }
            try refused(.invalidArgument, "three tokens for two positions") {
                $0.rotation = Rotation(cosines: try floats([2, 1]), sines: try floats([2, 1]))
            }
            for bad in [3.0, -1] {
                let places = AttentionPlaces(try integers([0, 1, 0, bad, 2]))
                try refused(.invalidArgument, "position \(bad) of three") {
                    $0.rotation = Rotation(cosines: table, sines: table, positions: places)
                }
                try refused(.invalidArgument, "place \(bad) of three") {
                    $0.places = places
                    $0.rotation = Rotation(cosines: table, sines: table)
                }
            }
            let odd = try trial.tensor(trial.numbers.whole([5, 9]))
            trial.expectError(.invalidShape, "heads of three features can't be rotated") {
                _ = try trial.backend.attention(
                    .fused(odd),
                    AttentionOptions(
                        heads: 1, scale: 1, sequences: plain.sequences, rotation: Rotation(cosines: table, sines: table)
                    ))
            }
        }
    ]
}

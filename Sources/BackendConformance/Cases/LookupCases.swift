import BertCore

/// Cases for gathering rows from a table and adding rows to a table.
enum LookupCases {
    static let all: [CaseTemplate] = gather + scatter + embeddings + refusal

    private static let gather: [CaseTemplate] =
        [
            ([5, 3], 4), ([33, 31], 65), ([1, 1], 1), ([4, 2, 3], 5), ([7, 768], 13), ([3, 0], 2), ([3, 4], 0),
            ([6], 4),
        ]
        .map { (table: Shape, count: Int) in
            CaseTemplate(.gatherRows, .exact, "\(count)-of-\(table.name)", [table, [count]]) { trial in
                let values = trial.numbers.whole(table)
                let indices = trial.numbers.indices(count, below: table[0])
                let want = Oracle.gather(values, indices)
                if want.elements.isEmpty { trial.prove() }
                try trial.expect(
                    trial.backend.gatherRows(trial.tensor(values), indices: trial.indices(indices)), want, .exact)
            }
        }

    private static let scatter: [CaseTemplate] =
        [([4, 3], 5), ([65, 31], 33), ([1, 1], 1), ([5, 2, 3], 4), ([0, 3], 4), ([40, 5], 2)]
        .map { (rows: Shape, count: Int) in
            CaseTemplate(.scatterAddRows, .exact, "\(rows.name)-into-\(count)", [rows, [rows[0]]]) { trial in
                let values = trial.numbers.whole(rows)
                let indices = trial.numbers.indices(rows[0], below: count)
                if rows[0] == 0 { trial.prove() }
                try trial.expect(
                    trial.backend.scatterAddRows(
                        trial.tensor(values), indices: trial.indices(indices), rowCount: count),
                    Oracle.scatterAdd(values, indices, rowCount: count), .exact)
            }
        }

    /// The tables and indices of a call.
    private struct Embedding {
        let word: Values
        let position, tokenType: Values?
        let norm: NormValues
        let ids: Values
        let positions, types: Values?

        init(
            _ trial: Trial, tokens: Int, features: Int, hasTypes: Bool, hasPositions: Bool = true, hasBias: Bool = true
        ) {
            word = trial.numbers.spread([29, features])
            position = hasPositions ? trial.numbers.spread([17, features]) : nil
            tokenType = hasTypes ? trial.numbers.spread([2, features]) : nil
            norm = NormValues(
                weight: trial.numbers.spread([features]),
                bias: hasBias ? trial.numbers.spread([features]) : nil, epsilon: Double(Float(1e-5)))
            ids = trial.numbers.indices(tokens, below: 29)
            positions = hasPositions ? trial.numbers.indices(tokens, below: 17) : nil
            types = hasTypes ? trial.numbers.indices(tokens, below: 2) : nil
        }

        func tables(_ trial: Trial) throws -> EmbeddingTables {
            EmbeddingTables(
                word: try trial.tensor(word), position: try position.map { try trial.tensor($0) },
                tokenType: try tokenType.map { try trial.tensor($0) },
                norm: try LayerNormWeights(norm, trial))
        }

        func input(_ trial: Trial, vectors: Bool) throws -> EmbeddingInput {
            EmbeddingInput(
                words: vectors
                    ? .vectors(try trial.tensor(Oracle.gather(word, ids))) : .ids(try trial.indices(ids)),
                positions: try positions.map { try trial.indices($0) },
                tokenTypes: try types.map { try trial.indices($0) })
        }

        var want: Values {
            Oracle.embeddings(
                word: word, position: position, tokenType: tokenType, ids: ids, positions: positions, types: types,
                norm: norm)
        }
    }

    private static let embeddings: [CaseTemplate] =
        [(1, 8), (13, 31), (33, 33), (67, 96), (0, 8)].flatMap { tokens, features in
            [(true, false), (false, false), (true, true)].map { hasTypes, vectors in
                let name = "\(tokens)x\(features)\(hasTypes ? "-types" : "")\(vectors ? "-vectors" : "")"
                return CaseTemplate(.embeddings, .random, name, [[29, features], [tokens]]) { trial in
                    let embedding = Embedding(trial, tokens: tokens, features: features, hasTypes: hasTypes)
                    if tokens == 0 { trial.prove() }
                    let result = try trial.backend.embeddings(
                        embedding.input(trial, vectors: vectors), embedding.tables(trial))
                    try trial.expect(result, embedding.want, trial.tolerance(.embeddings))
                }
            }
        }
        + [(true, false), (false, true), (false, false)].map { hasTypes, hasBias in
            let name = "no-positions\(hasTypes ? "-types" : "")\(hasBias ? "" : "-no-bias")"
            return CaseTemplate(.embeddings, .random, name, [[13], [29, 24]]) { trial in
                let embedding = Embedding(
                    trial, tokens: 13, features: 24, hasTypes: hasTypes, hasPositions: false, hasBias: hasBias)
                for vectors in [false, true] {
                    try trial.expect(
                        trial.backend.embeddings(
                            embedding.input(trial, vectors: vectors), embedding.tables(trial)), embedding.want,
                        trial.tolerance(.embeddings, depth: 24))
                }
            }
        }
        + [
            CaseTemplate(.embeddings, .refusal, "operands") { trial in
                let embedding = Embedding(trial, tokens: 3, features: 8, hasTypes: true)
                let tables = try embedding.tables(trial)
                var untyped = try embedding.input(trial, vectors: false)
                untyped.tokenTypes = nil
                trial.expectError(.invalidArgument, "a table of types without types") {
                    _ = try trial.backend.embeddings(untyped, tables)
                }
                var unplaced = try embedding.input(trial, vectors: false)
                unplaced.positions = nil
                trial.expectError(.invalidArgument, "a table of positions without positions") {
                    _ = try trial.backend.embeddings(unplaced, tables)
                }
                let placeless = Embedding(trial, tokens: 3, features: 8, hasTypes: true, hasPositions: false)
                let untabled = try placeless.tables(trial)
                trial.expectError(.invalidArgument, "positions without a table") {
                    _ = try trial.backend.embeddings(embedding.input(trial, vectors: false), untabled)
                }
                var short = try embedding.input(trial, vectors: false)
                short.positions = try trial.indices(Values([2], [0, 1]))
                trial.expectError(.invalidShape, "two positions for three tokens") {
                    _ = try trial.backend.embeddings(short, tables)
                }
                for bad in [29.0, -1] {
                    var outside = try embedding.input(trial, vectors: false)
                    outside.words = .ids(try trial.indices(Values([3], [0, bad, 1])))
                    trial.expectError(.invalidArgument, "token \(bad) of 29") {
                        _ = try trial.backend.embeddings(outside, tables)
                    }
                }
            }
        ]

    private static let refusal: [CaseTemplate] = [
        CaseTemplate(.gatherRows, .refusal, "indices") { trial in
            let table = try trial.tensor(trial.numbers.whole([4, 3]))
            for bad in [4.0, -1, 2_147_483_647] {
                let indices = try trial.indices(Values([3], [0, bad, 1]))
                trial.expectError(.invalidArgument, "index \(bad) of four rows") {
                    _ = try trial.backend.gatherRows(table, indices: indices)
                }
            }
            let floats = try trial.tensor(Values([2], [0, 1]))
            trial.expectError(.invalidShape, naming: [[2]], "indices that are float32") {
                _ = try trial.backend.gatherRows(table, indices: floats)
            }
            let square = try trial.indices(Values([4], [0, 1, 2, 3])).reshaped(to: [2, 2])
            trial.expectError(.invalidShape, naming: [[2, 2]], "indices of two axes") {
                _ = try trial.backend.gatherRows(table, indices: square)
            }
        },
        CaseTemplate(.scatterAddRows, .refusal, "indices") { trial in
            let rows = try trial.tensor(trial.numbers.whole([3, 2]))
            let outside = try trial.indices(Values([3], [0, 5, 1]))
            trial.expectError(.invalidArgument, "index 5 of four rows") {
                _ = try trial.backend.scatterAddRows(rows, indices: outside, rowCount: 4)
            }
            let two = try trial.indices(Values([2], [0, 1]))
            trial.expectError(.invalidShape, naming: [[3, 2]], "two indices for three rows") {
                _ = try trial.backend.scatterAddRows(rows, indices: two, rowCount: 4)
            }
        },
    ]
}

extension LayerNormWeights {
    /// Creates weights on a trial's backend.
    init(_ values: NormValues, _ trial: Trial) throws {
        self.init(
            weight: try trial.tensor(values.weight), bias: try values.bias.map { try trial.tensor($0) },
            epsilon: Float(values.epsilon)
        )
    }
}

import BertCore

/// Cases in which a row or a sequence must give the same result in different batches.
enum InvarianceCases {
    static let all: [CaseTemplate] = [
        CaseTemplate(.linear, .invariance, "rows-alone-and-together", [[37, 48], [33, 48]]) { trial in
            let (x, weight) = (trial.numbers.spread([37, 48]), trial.numbers.spread([33, 48]))
            let prepared = try trial.backend.prepareLinear(
                weight: trial.tensor(weight), bias: trial.tensor(trial.numbers.spread([33])))
            func result(_ values: Values) throws -> Values {
                try trial.values(
                    trial.backend.linear(trial.tensor(values), prepared, activation: .gelu, residual: nil),
                    shape: [values.shape[0], 33])
            }
            let together = try result(x)
            for row in [0, 1, 15, 16, 31, 32, 36] {
                trial.compare(
                    try result(x.rows(row..<row + 1)), together.rows(row..<row + 1),
                    trial.tolerance(.linear, depth: 48), "row \(row)")
            }
        },
        CaseTemplate(.attention, .invariance, "sequences-alone-and-packed", [[62, 48]]) { trial in
            let lengths = [5, 1, 33, 16, 7]
            let x = trial.numbers.spread([62, 48], scale: 2)
            let together = try context(trial, x, lengths)
            var start = 0
            for length in lengths {
                let alone = x.rows(start..<start + length)
                trial.compare(
                    try context(trial, alone, [length]), together.rows(start..<start + length),
                    trial.tolerance(.attention), "sequence of \(length)")
                start += length
            }
        },
        CaseTemplate(.attention, .invariance, "order-of-sequences", [[62, 48]]) { trial in
            let lengths = [5, 1, 33, 16, 7]
            let x = trial.numbers.spread([62, 48], scale: 2)
            let forwards = try context(trial, x, lengths)
            let order = trial.numbers.permutation(lengths.count)
            let starts = lengths.indices.map { lengths.prefix($0).reduce(0, +) }
            let parts = order.map { x.rows(starts[$0]..<starts[$0] + lengths[$0]) }
            let mixed = try context(trial, Oracle.concatenate(parts, axis: 0), order.map { lengths[$0] })
            var start = 0
            for sequence in order {
                let length = lengths[sequence]
                trial.compare(
                    mixed.rows(start..<start + length), forwards.rows(starts[sequence]..<starts[sequence] + length),
                    trial.tolerance(.attention), "sequence \(sequence)")
                start += length
            }
        },
        CaseTemplate(.attention, .invariance, "fused-and-separate", [[21, 48]]) { trial in
            let x = trial.numbers.spread([21, 48], scale: 2)
            let sequences = try PackedSequences(lengths: [4, 17])
            let options = AttentionOptions(heads: 2, scale: 0.5, sequences: sequences)
            let parts = try (0..<3).map { try trial.tensor(Oracle.slice(x, axis: 1, range: $0 * 16..<$0 * 16 + 16)) }
            let fused = try trial.backend.attention(.fused(trial.tensor(x)), options)
            let separate = try trial.backend.attention(
                .separate(query: parts[0], key: parts[1], value: parts[2]), options)
            try trial.expect(
                separate.context, trial.values(fused.context), trial.tolerance(.attention), "separate")
        },
        CaseTemplate(.pool, .invariance, "order-of-sequences", [[38, 17]]) { trial in
            let x = trial.numbers.spread([38, 17])
            for pooling in Pooling.allCases {
                let forwards = try trial.values(
                    trial.backend.pool(trial.tensor(x), sequences: PackedSequences(lengths: [5, 33]), pooling),
                    shape: [2, 17])
                let turned = Oracle.concatenate([x.rows(5..<38), x.rows(0..<5)], axis: 0)
                let backwards = try trial.values(
                    trial.backend.pool(trial.tensor(turned), sequences: PackedSequences(lengths: [33, 5]), pooling),
                    shape: [2, 17])
                trial.compare(
                    Oracle.concatenate([backwards.rows(1..<2), backwards.rows(0..<1)], axis: 0), forwards,
                    trial.tolerance(.pool, depth: 33), pooling.rawValue)
            }
        },
    ]

    private static func context(_ trial: Trial, _ x: Values, _ lengths: [Int]) throws -> Values {
        let options = AttentionOptions(heads: 2, scale: 0.5, sequences: try PackedSequences(lengths: lengths))
        return try trial.values(
            trial.backend.attention(.fused(trial.tensor(x)), options).context, shape: [x.shape[0], x.width / 3])
    }
}

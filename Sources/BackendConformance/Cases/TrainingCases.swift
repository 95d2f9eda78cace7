import BertCore

/// Cases for training operations: dropout, cross entropy, gradient norms and the optimizer.
enum TrainingCases {
    static let all: [CaseTemplate] = dropout + crossEntropy + sumOfSquares + adamW + prepared + refusal

    // MARK: Dropout

    private static let dropout: [CaseTemplate] =
        [([1], 0.1), ([7], 0.5), ([5, 33], 0.1), ([257, 17], 0.25), ([3, 1001], 0.9), ([4, 8], 0), ([0, 3], 0.1)].map {
            (shape: Shape, rate: Float) in
            CaseTemplate(.dropout, .exact, "\(shape.name)-\(rate)", [shape]) { trial in
                let x = trial.numbers.whole(shape)
                let dropout = Dropout(
                    rate: rate, seed: trial.numbers.next(), step: UInt32(truncatingIfNeeded: trial.numbers.next()),
                    site: UInt32(trial.numbers.below(1_000)))
                if x.elements.isEmpty { trial.prove() }
                let factors = Oracle.dropout(shape.elementCount, dropout)
                let want = Values(shape) { Double(Float(x.elements[$0]) * Float(factors[$0])) }
                try trial.expect(trial.backend.dropout(trial.tensor(x), dropout), want, .exact)
                // The backward pass must drop the same elements.
                try trial.expect(trial.backend.dropout(trial.tensor(x), dropout), want, .exact, "again")
            }
        } + [
            CaseTemplate(.dropout, .gradients, "by-differences", [[6, 9]]) { trial in
                let (x, g) = (trial.numbers.spread([6, 9]), trial.numbers.spread([6, 9]))
                let dropout = Dropout(rate: 0.3, seed: 7, step: 11, site: 13)
                let factors = Oracle.dropout(54, dropout)
                let want = Oracle.gradient(at: x, g) { x in Values([6, 9]) { x.elements[$0] * factors[$0] } }
                try trial.expect(
                    trial.backend.dropout(trial.tensor(g), dropout), want, Tolerance(absolute: 1e-6, relative: 1e-6))
            },
            CaseTemplate(.dropout, .special, "step-site-and-seed-count", [[64]]) { trial in
                let x = Values([64], repeating: 1)
                let first = Dropout(rate: 0.5, seed: 1 << 40 | 5, step: 3, site: 9)
                var others = [first, first, first, first]
                others[1].seed = 5
                others[2].step = 4
                others[3].site = 10
                for (index, dropout) in others.enumerated() {
                    let want = Oracle.dropout(64, dropout)
                    if index > 0, want == Oracle.dropout(64, first) { trial.fail("nothing changed for \(dropout)") }
                    try trial.expect(
                        trial.backend.dropout(trial.tensor(x), dropout), Values([64], want), .exact, "\(dropout)")
                }
            },
        ]

    // MARK: Cross entropy

    private static let crossEntropy: [CaseTemplate] =
        [(1, 2), (3, 7), (17, 31), (3, 203), (0, 4)].flatMap { (rows: Int, classes: Int) in
            [0, 0.1].map { (smoothing: Float) in
                let name = "\(rows)x\(classes)\(smoothing == 0 ? "" : "-smooth")"
                return CaseTemplate(.crossEntropy, .gradients, name, [[rows, classes], [rows]]) { trial in
                    let logits = trial.numbers.spread([rows, classes], scale: 5)
                    var labels = (0..<rows).map { _ in trial.numbers.below(classes) }
                    if rows > 2 { labels[1] = -100 }
                    if rows == 0 { trial.prove() }
                    let options = CrossEntropyOptions(smoothing: smoothing, scale: 0.5)
                    let got = try trial.backend.crossEntropy(
                        trial.tensor(logits), labels: trial.indices(Values([rows], labels.map(Double.init))), options)
                    let tolerance = trial.tolerance(.crossEntropy, depth: classes)
                    try trial.expect(got.losses, Oracle.crossEntropy(logits, labels, options), tolerance, "losses")
                    let want = Values(
                        [rows, classes],
                        (0..<rows).flatMap { row in
                            Oracle.gradient(
                                at: Values([1, classes], Array(logits.row(row))), Values([1], [0.5])
                            ) { Oracle.crossEntropy($0, [labels[row]], options) }.elements
                        })
                    try trial.expect(got.gradient, want, tolerance, "gradient")
                }
            }
        } + [
            CaseTemplate(.crossEntropy, .special, "huge-logits", [[2, 3], [2]]) { trial in
                let logits = Values([2, 3], [1e4, 0, -1e4, 1e4, 0, -1e4])
                let got = try trial.backend.crossEntropy(
                    trial.tensor(logits), labels: trial.indices(Values([2], [0, 1])), CrossEntropyOptions())
                let tolerance = trial.tolerance(.crossEntropy)
                try trial.expect(got.losses, Values([2], [0, 1e4]), tolerance, "losses")
                try trial.expect(got.gradient, Values([2, 3], [0, 0, 0, 1, -1, 0]), tolerance, "gradient")
            },
            CaseTemplate(.crossEntropy, .special, "another-label-is-ignored", [[2, 3], [2]]) { trial in
                let logits = trial.numbers.spread([2, 3])
                let options = CrossEntropyOptions(ignoredLabel: 1)
                let got = try trial.backend.crossEntropy(
                    trial.tensor(logits), labels: trial.indices(Values([2], [1, 2])), options)
                try trial.expect(
                    got.losses, Oracle.crossEntropy(logits, [1, 2], options), trial.tolerance(.crossEntropy, depth: 3))
            },
        ]

    // MARK: Sums of squares

    private static let sumOfSquares: [CaseTemplate] = [
        [], [1], [3], [16], [17], [4_095], [4_096], [4_097], [100_003], [5, 0, 4_100, 31],
    ].map { (counts: [Int]) in
        let name = counts.isEmpty ? "nothing" : counts.map(String.init).joined(separator: "-")
        return CaseTemplate(.sumOfSquares, .exact, name, counts.map { [$0] }) { trial in
            let parts = counts.map { trial.numbers.spread([$0]) }
            let got = try trial.backend.sumOfSquares(parts.map { try trial.tensor($0) })
            if counts.isEmpty { trial.prove() }
            var want = 0.0
            for part in parts {
                for start in stride(from: 0, to: part.elements.count, by: 4_096) {
                    var lanes = [Double](repeating: 0, count: 16)
                    for index in start..<min(start + 4_096, part.elements.count) {
                        lanes[(index - start) % 16] += part.elements[index] * part.elements[index]
                    }
                    for half in [8, 4, 2, 1] { for lane in 0..<half { lanes[lane] += lanes[lane + half] } }
                    want += lanes[0]
                }
            }
            trial.compare(got, want, at: 0, .exact, "sum")
        }
    }

    // MARK: AdamW

    private static let adamW: [CaseTemplate] = [([1], 1), ([7, 9], 3), ([257, 17], 1_000), ([0, 2], 1)].flatMap {
        (shape: Shape, step: Int) in
        [(0, 1.0), (0.01, 0.25)].map { (decay: Double, scale: Double) in
            CaseTemplate(.adamW, .random, "\(shape.name)-\(step)\(decay == 0 ? "" : "-decay")", [shape, shape]) {
                trial in
                let (p, m) = (trial.numbers.spread(shape), trial.numbers.spread(shape, scale: 0.1))
                let v = trial.numbers.spread(shape, scale: 0.1).map { abs($0) }
                var g = trial.numbers.spread(shape)
                if shape.elementCount > 5 { g.elements[3] = 0 }
                if shape.elementCount == 0 { trial.prove() }
                let options = AdamW(
                    learningRate: 0.03, betas: (0.8, 0.99), epsilon: 1e-6, weightDecay: decay, step: step,
                    gradientScale: scale)
                func state() throws -> AdamWState {
                    AdamWState(
                        parameter: try trial.tensor(p), firstMoment: try trial.tensor(m),
                        secondMoment: try trial.tensor(v))
                }
                let want = Oracle.adamW(
                    p, m, v, g, learningRate: 0.03, betas: (0.8, 0.99), epsilon: 1e-6, weightDecay: decay, step: step,
                    gradientScale: scale)
                let tolerance = trial.tolerance(.adamW)
                // These tensors are shared, so they must not be modified.
                let held = try state()
                let kept = try trial.backend.adamW(held, gradient: trial.tensor(g), options)
                try trial.expect(kept.parameter, want.p, tolerance, "parameter")
                try trial.expect(kept.firstMoment, want.m, tolerance, "first moment")
                try trial.expect(kept.secondMoment, want.v, tolerance, "second moment")
                try trial.expect(held.parameter, p, .exact, "the parameter that was given")
                try trial.expect(held.firstMoment, m, .exact, "the first moment that was given")
                // These tensors are uniquely referenced.
                let first = try trial.backend.adamW(
                    AdamWState(
                        parameter: trial.backend.binary(.add, trial.tensor(p), trial.backend.constant(0)),
                        firstMoment: trial.backend.binary(.add, trial.tensor(m), trial.backend.constant(0)),
                        secondMoment: trial.backend.binary(.add, trial.tensor(v), trial.backend.constant(0))),
                    gradient: trial.tensor(g), options)
                try trial.expectSameBits(first.parameter, kept.parameter, "parameter, given away")
                try trial.expectSameBits(first.firstMoment, kept.firstMoment, "first moment, given away")
                try trial.expectSameBits(first.secondMoment, kept.secondMoment, "second moment, given away")
            }
        }
    }

    // MARK: Weights of a step

    private static let prepared: [CaseTemplate] =
        [(2, 1, 3), (33, 31, 33), (7, 48, 130)].map { rows, inputs, outputs in
            CaseTemplate(.prepareLinearForStep, .exact, "\(rows)x\(inputs)x\(outputs)", [[outputs, inputs]]) { trial in
                let (x, w) = (trial.numbers.whole([rows, inputs]), trial.numbers.whole([outputs, inputs]))
                for bias in [nil, trial.numbers.whole([outputs])] {
                    let weights = try trial.backend.prepareLinearForStep(
                        weight: trial.tensor(w), bias: bias.map { try trial.tensor($0) })
                    let y = try trial.backend.linear(trial.tensor(x), weights, activation: nil, residual: nil)
                    try trial.expect(y, Oracle.linear(x, weight: w, bias: bias), .exact)
                }
            }
        } + [
            CaseTemplate(.prepareLinearForStep, .precision, "bfloat16", [[35, 40]]) { trial in
                let backend = try trial.backend.computing(in: .bfloat16)
                let (x, w) = (trial.numbers.spread([19, 40]), trial.numbers.spread([35, 40]))
                let weights = try backend.prepareLinearForStep(weight: trial.tensor(w), bias: nil)
                let y = try backend.linear(trial.tensor(x), weights, activation: nil, residual: nil)
                try trial.expect(
                    y, Oracle.linear(x.rounded(to: .bfloat16), weight: w.rounded(to: .bfloat16), bias: nil),
                    trial.tolerance(.linear, depth: 40))
            }
        ]

    // MARK: Refusals

    private static let refusal: [CaseTemplate] = [
        CaseTemplate(.dropout, .refusal, "rates") { trial in
            let x = try trial.tensor(trial.numbers.whole([2, 3]))
            for rate in [-0.1, 1, .nan] as [Float] {
                trial.expectError(.invalidArgument, "a rate of \(rate)") {
                    _ = try trial.backend.dropout(x, Dropout(rate: rate, seed: 1, step: 1, site: 1))
                }
            }
        },
        CaseTemplate(.crossEntropy, .refusal, "labels") { trial in
            let logits = try trial.tensor(trial.numbers.whole([2, 3]))
            for label in [-1, 3, -101] as [Double] {
                let labels = try trial.indices(Values([2], [0, label]))
                trial.expectError(.invalidArgument, "a label of \(label)") {
                    _ = try trial.backend.crossEntropy(logits, labels: labels, CrossEntropyOptions())
                }
            }
            let three = try trial.indices(Values([3], [0, 1, 2]))
            trial.expectError(.invalidShape, naming: [[2, 3], [3]], "three labels of two rows") {
                _ = try trial.backend.crossEntropy(logits, labels: three, CrossEntropyOptions())
            }
        },
        CaseTemplate(.sumOfSquares, .refusal, "integers") { trial in
            let x = try trial.tensor(trial.numbers.whole([2, 3]), .int32)
            trial.expectError(.unsupported, "int32") { _ = try trial.backend.sumOfSquares([x]) }
        },
        CaseTemplate(.adamW, .refusal, "shapes") { trial in
            let (x, y) = (
                try trial.tensor(trial.numbers.whole([2, 3])), try trial.tensor(trial.numbers.whole([3, 2]))
            )
            let state = AdamWState(parameter: x, firstMoment: x, secondMoment: x)
            trial.expectError(.invalidShape, naming: [[2, 3], [3, 2]], "a gradient of another shape") {
                _ = try trial.backend.adamW(state, gradient: y, AdamW(learningRate: 1, step: 1))
            }
        },
    ]
}

import BertCore

/// Cases for linear layers with gated activations.
enum GatedLinearCases {
    static let all: [CaseTemplate] = hand + exact + activations + invariance + refusal

    private static let hand: [CaseTemplate] = [
        CaseTemplate(.linear, .hand, "gated-first-half", [[1, 1], [4, 1]]) { trial in
            // Gates 3 and −5, values 7 and 11: the activation is applied to the first half.
            let weights = try trial.backend.prepareLinear(
                weight: trial.tensor(Values([4, 1], [3, -5, 7, 11])), bias: nil)
            let y = try trial.backend.linear(
                trial.tensor(Values([1, 1], [1])), weights, activation: .gated(.relu),
                residual: trial.tensor(Values([1, 2], [0.5, 0.25])))
            try trial.expect(y, Values([1, 2], [21.5, 0.25]), .exact)
        }
    ]

    private static let exact = [
        (1, 1, 1), (3, 5, 7), (7, 33, 16), (33, 16, 31), (2, 64, 65), (65, 8, 96), (0, 4, 3), (5, 384, 48),
    ].flatMap { rows, inputs, width in
        [(true, false), (false, false), (true, true)].map { bias, residual in
            let name = "gated-\(rows)x\(inputs)x\(width)\(bias ? "-bias" : "")\(residual ? "-residual" : "")"
            return CaseTemplate(.linear, .exact, name, [[rows, inputs], [2 * width, inputs]]) { trial in
                let operands = LinearCases.Operands(
                    trial, rows: [rows], inputs: inputs, outputs: 2 * width, whole: true, bias: bias,
                    residual: residual, isGated: true)
                // A single result may be zero.
                if rows * width <= 1 { trial.prove() }
                try trial.expect(
                    operands.result(trial, activation: .gated(.relu)), operands.want(activation: .gated(.relu)), .exact)
            }
        }
    }

    private static let activations = Activation.allCases.flatMap { activation in
        [false, true].map { residual in
            let name = "gated-\(activation.rawValue)\(residual ? "-residual" : "")"
            return CaseTemplate(.linear, .random, name, [[19, 40], [70, 40]]) { trial in
                let operands = LinearCases.Operands(
                    trial, rows: [19], inputs: 40, outputs: 70, whole: false, residual: residual, isGated: true)
                try trial.expect(
                    operands.result(trial, activation: .gated(activation)),
                    operands.want(activation: .gated(activation)), trial.tolerance(.linear, depth: 2 * 40))
            }
        }
    }

    private static let invariance: [CaseTemplate] = [
        CaseTemplate(.linear, .invariance, "gated-rows-alone-and-together", [[37, 48], [66, 48]]) { trial in
            let operands = LinearCases.Operands(
                trial, rows: [37], inputs: 48, outputs: 66, whole: false, isGated: true)
            let prepared = try trial.backend.prepareLinear(
                weight: trial.tensor(operands.weight), bias: operands.bias.map { try trial.tensor($0) })
            func result(_ values: Values) throws -> Values {
                try trial.values(
                    trial.backend.linear(trial.tensor(values), prepared, activation: .gated(.gelu), residual: nil),
                    shape: [values.shape[0], 33])
            }
            let together = try result(operands.x)
            for row in [0, 1, 15, 16, 31, 32, 36] {
                trial.compare(
                    try result(operands.x.rows(row..<row + 1)), together.rows(row..<row + 1),
                    trial.tolerance(.linear, depth: 48), "row \(row)")
            }
        }
    ]

    private static let refusal: [CaseTemplate] = [
        CaseTemplate(.linear, .refusal, "gated-shapes") { trial in
            let x = try trial.tensor(trial.numbers.whole([4, 3]))
            let odd = try trial.backend.prepareLinear(weight: trial.tensor(trial.numbers.whole([5, 3])), bias: nil)
            trial.expectError(.invalidShape, "five outputs are not gates and values") {
                _ = try trial.backend.linear(x, odd, activation: .gated(.silu), residual: nil)
            }
            let even = try trial.backend.prepareLinear(weight: trial.tensor(trial.numbers.whole([6, 3])), bias: nil)
            let wide = try trial.tensor(trial.numbers.whole([4, 6]))
            trial.expectError(.invalidShape, naming: [[4, 6], [4, 3]], "a residual as wide as gates and values") {
                _ = try trial.backend.linear(x, even, activation: .gated(.silu), residual: wide)
            }
        }
    ]
}

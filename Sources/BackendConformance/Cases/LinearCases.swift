import BertCore

/// Cases for linear layers with prepared weights.
enum LinearCases {
    static let all: [CaseTemplate] = hand + exact + activations + edge + special + prepared + refusal

    /// The operands of a call.
    struct Operands {
        let x: Values
        let weight: Values
        var bias: Values?
        var residual: Values?

        /// Creates integers, or random numbers with a scale that keeps sums around 1.
        init(
            _ trial: Trial, rows: Shape, inputs: Int, outputs: Int, whole: Bool, bias: Bool = true,
            residual: Bool = false, isGated: Bool = false
        ) {
            func values(_ shape: Shape, scale: Double = 1) -> Values {
                whole ? trial.numbers.whole(shape) : trial.numbers.spread(shape, scale: scale)
            }
            x = values(Shape(Array(rows) + [inputs]))
            weight = values([outputs, inputs], scale: 3 / Double(max(inputs, 1)).squareRoot())
            if bias { self.bias = values([outputs]) }
            if residual { self.residual = values(Shape(Array(rows) + [isGated ? outputs / 2 : outputs])) }
        }

        func result(_ trial: Trial, activation: LinearActivation? = nil) throws -> Tensor {
            let prepared = try trial.backend.prepareLinear(
                weight: trial.tensor(weight), bias: bias.map { try trial.tensor($0) })
            return try trial.backend.linear(
                trial.tensor(x), prepared, activation: activation, residual: residual.map { try trial.tensor($0) })
        }

        func want(activation: LinearActivation? = nil) -> Values {
            Oracle.linear(x, weight: weight, bias: bias, activation: activation, residual: residual)
        }
    }

    private static let hand: [CaseTemplate] = [
        CaseTemplate(.linear, .hand, "3-to-2", [[1, 3], [2, 3]]) { trial in
            let weights = try trial.backend.prepareLinear(
                weight: trial.tensor(Values([2, 3], [1, 2, 3, -1, -2, -3])), bias: trial.tensor(Values([2], [5, 7])))
            let x = try trial.tensor(Values([1, 3], [1, 10, 100]))
            let residual = try trial.tensor(Values([1, 2], [0.5, 0.25]))
            for (activation, residual, want) in [
                (nil, nil, [326.0, -314]), (.relu, nil, [326, 0]), (nil, residual, [326.5, -313.75]),
                (.relu, residual, [326.5, 0.25]),
            ] as [(LinearActivation?, Tensor?, [Double])] {
                let y = try trial.backend.linear(x, weights, activation: activation, residual: residual)
                try trial.expect(y, Values([1, 2], want), .exact, activation?.description ?? "no activation")
            }
        }
    ]

    private static let exact = [
        (1, 1, 1), (3, 5, 7), (31, 32, 33), (33, 33, 31), (2, 64, 129), (65, 48, 16), (7, 300, 2), (16, 16, 65),
    ].flatMap { rows, inputs, outputs in
        [(true, false), (false, false), (true, true), (false, true)].map { bias, residual in
            let name = "\(rows)x\(inputs)x\(outputs)\(bias ? "-bias" : "")\(residual ? "-residual" : "")"
            return CaseTemplate(.linear, .exact, name, [[rows, inputs], [outputs, inputs]]) { trial in
                let operands = Operands(
                    trial, rows: [rows], inputs: inputs, outputs: outputs, whole: true, bias: bias, residual: residual)
                // A single sum may be zero.
                if rows * outputs == 1 { trial.prove() }
                try trial.expect(operands.result(trial), operands.want(), .exact)
            }
        }
    }

    private static let activations = Activation.allCases.flatMap { activation in
        [false, true].map { residual in
            let name = "\(activation.rawValue)\(residual ? "-residual" : "")"
            return CaseTemplate(.linear, .random, name, [[19, 40], [35, 40]]) { trial in
                let operands = Operands(
                    trial, rows: [19], inputs: 40, outputs: 35, whole: false, residual: residual)
                try trial.expect(
                    operands.result(trial, activation: .elementwise(activation)),
                    operands.want(activation: .elementwise(activation)), trial.tolerance(.linear, depth: 40))
            }
        }
    }

    private static let edge: [CaseTemplate] =
        [[], [0], [1], [2, 3], [0, 4], [2, 1, 2]].map { (rows: Shape) in
            CaseTemplate(.linear, .edge, "rows-\(rows.name)", [Shape(Array(rows) + [9]), [5, 9]]) { trial in
                let operands = Operands(trial, rows: rows, inputs: 9, outputs: 5, whole: true, residual: true)
                if rows.elementCount == 0 { trial.prove() }
                try trial.expect(operands.result(trial), operands.want(), .exact)
            }
        }
        + [(33, 384, 1_536), (16, 1_536, 384), (1, 768, 513), (67, 384, 384), (3, 64, 9_001)].map { rows, k, n in
            CaseTemplate(.linear, .edge, "\(rows)x\(k)x\(n)", [[rows, k], [n, k]]) { trial in
                let operands = Operands(trial, rows: [rows], inputs: k, outputs: n, whole: true, bias: false)
                let y = try operands.result(trial)
                let (x, w) = (operands.x.elements, operands.weight.elements)
                try trial.expect(y, shape: [rows, n], cost: k, .exact) { index in
                    let (row, column) = (index / n, index % n)
                    return (0..<k).reduce(0) { $0 + x[row * k + $1] * w[column * k + $1] }
                }
                guard y.shape == [rows, n] else { return }
                trial.expectSums(
                    try trial.values(y), of: operands.x, operands.weight, transposeB: true, scale: 1)
            }
        }
        + [
            CaseTemplate(.linear, .edge, "33x384x1536-gelu-residual", [[33, 384], [1_536, 384]]) { trial in
                let operands = Operands(
                    trial, rows: [33], inputs: 384, outputs: 1_536, whole: false, residual: true)
                let y = try operands.result(trial, activation: .gelu)
                let (x, w) = (operands.x.elements, operands.weight.elements)
                try trial.expect(
                    y, shape: [33, 1_536], cost: 384, trial.tolerance(.linear, depth: 384)
                ) { index in
                    let (row, column) = (index / 1_536, index % 1_536)
                    let sum = (0..<384).reduce(operands.bias?.elements[column] ?? 0) {
                        $0 + x[row * 384 + $1] * w[column * 384 + $1]
                    }
                    return Oracle.activation(.gelu, sum) + (operands.residual?.elements[index] ?? 0)
                }
            }
        ]

    private static let special: [CaseTemplate] = [
        CaseTemplate(.linear, .special, "nan-stays-in-its-row", [[3, 17], [18, 17]]) { trial in
            let weight = trial.numbers.whole([18, 17])
            var x = trial.numbers.whole([3, 17])
            x.elements[17 + 16] = .nan
            let prepared = try trial.backend.prepareLinear(weight: trial.tensor(weight), bias: nil)
            for activation in [nil, .relu, .gelu] as [LinearActivation?] {
                let y = try trial.backend.linear(trial.tensor(x), prepared, activation: activation, residual: nil)
                try trial.expect(
                    y, Oracle.linear(x, weight: weight, bias: nil, activation: activation),
                    activation == .gelu ? trial.tolerance(.linear, depth: 17) : .exact,
                    activation?.description ?? "no activation")
            }
        }
    ]

    private static let prepared: [CaseTemplate] = [
        CaseTemplate(.prepareLinear, .exact, "sizes-and-owner", [[5, 3], [5]]) { trial in
            let prepared = try trial.backend.prepareLinear(
                weight: trial.tensor(trial.numbers.whole([5, 3])), bias: trial.tensor(trial.numbers.whole([5])))
            trial.prove()
            if prepared.inputSize != 3 || prepared.outputSize != 5 {
                trial.fail("weights [5, 3] were prepared as \(prepared.inputSize) in, \(prepared.outputSize) out")
            }
            if prepared.backend != trial.backend.info.name {
                trial.fail("the weights belong to \(prepared.backend), not \(trial.backend.info.name)'s")
            }
        },
        CaseTemplate(.prepareLinear, .exact, "one-token-many-calls", [[37, 24], [37]]) { trial in
            // Prepared weights can be used for calls with any number of rows, in any order.
            let (weight, bias) = (trial.numbers.whole([37, 24]), trial.numbers.whole([37]))
            let prepared = try trial.backend.prepareLinear(weight: trial.tensor(weight), bias: trial.tensor(bias))
            for rows in [1, 33, 2, 64, 1, 5] {
                let x = trial.numbers.whole([rows, 24])
                let y = try trial.backend.linear(trial.tensor(x), prepared, activation: nil, residual: nil)
                try trial.expect(y, Oracle.linear(x, weight: weight, bias: bias), .exact, "\(rows) rows")
            }
        },
        CaseTemplate(.prepareLinear, .exact, "two-layers-of-one-size", [[16, 16], [16]]) { trial in
            let weights = [trial.numbers.whole([16, 16]), trial.numbers.whole([16, 16])]
            let prepared = try weights.map { try trial.backend.prepareLinear(weight: trial.tensor($0), bias: nil) }
            let x = trial.numbers.whole([4, 16])
            for turn in [0, 1, 0] {
                let y = try trial.backend.linear(trial.tensor(x), prepared[turn], activation: nil, residual: nil)
                try trial.expect(y, Oracle.linear(x, weight: weights[turn], bias: nil), .exact, "layer \(turn)")
            }
        },
        CaseTemplate(.prepareLinear, .edge, "no-features", [[3, 0], [3]]) { trial in
            let bias = Values([3], [1, 2, 3])
            let prepared = try trial.backend.prepareLinear(
                weight: trial.tensor(Values([3, 0], [])), bias: trial.tensor(bias))
            let x = Values([2, 0], [])
            let y = try trial.backend.linear(trial.tensor(x), prepared, activation: nil, residual: nil)
            try trial.expect(y, Values([2, 3], [1, 2, 3, 1, 2, 3]), .exact)
        },
    ]

    private static let refusal: [CaseTemplate] = [
        CaseTemplate(.prepareLinear, .refusal, "shapes") { trial in
            let (weight, vector, three) = try (
                trial.tensor(trial.numbers.whole([2, 3])), trial.tensor(trial.numbers.whole([6])),
                trial.tensor(trial.numbers.whole([3]))
            )
            trial.expectError(.invalidShape, naming: [[6]], "a weight of one axis") {
                _ = try trial.backend.prepareLinear(weight: vector, bias: nil)
            }
            trial.expectError(.invalidShape, naming: [[2, 3], [3]], "a bias of another length") {
                _ = try trial.backend.prepareLinear(weight: weight, bias: three)
            }
        },
        CaseTemplate(.linear, .refusal, "shapes") { trial in
            let prepared = try trial.backend.prepareLinear(
                weight: trial.tensor(trial.numbers.whole([2, 3])), bias: nil)
            let (x, wide) = try (
                trial.tensor(trial.numbers.whole([4, 3])), trial.tensor(trial.numbers.whole([4, 5]))
            )
            trial.expectError(.invalidShape, naming: [[4, 5]], "five features for three") {
                _ = try trial.backend.linear(wide, prepared, activation: nil, residual: nil)
            }
            trial.expectError(.invalidShape, naming: [[4, 5], [4, 2]], "a residual that is too wide") {
                _ = try trial.backend.linear(x, prepared, activation: nil, residual: wide)
            }
        },
    ]
}

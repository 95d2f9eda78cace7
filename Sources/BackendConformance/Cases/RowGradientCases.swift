import BertCore

/// Cases for the gradients of elementwise and row-wise operations.
enum RowGradientCases {
    static let all: [CaseTemplate] =
        activation + gated + activationSpecial + layerNorm + softmax + l2Normalize + refusal

    private static let shapes: [Shape] = [
        [1, 2], [3, 7], [31, 33], [2, 5, 32], [3, 100], [0, 4], [6], [257, 17],
    ]

    // MARK: Activations

    private static let activation: [CaseTemplate] = Activation.allCases.flatMap { function in
        [[7, 9], [3, 133], [1, 16], [0, 3]].map { (shape: Shape) in
            CaseTemplate(.activationGradient, .gradients, "\(function.rawValue)-\(shape.name)", [shape, shape]) {
                trial in
                // No numbers within a step of 0, where ReLU isn't differentiable.
                let z = trial.numbers.spread(shape, scale: 6).map { abs($0) < 0.01 ? 0.5 : $0 }
                let g = trial.numbers.spread(shape)
                if z.elements.isEmpty { trial.prove() }
                let got = try trial.backend.activationGradient(
                    .elementwise(function), input: trial.tensor(z), gradient: trial.tensor(g))
                try trial.expect(
                    got, Oracle.elementGradient(at: z, g) { Oracle.activation(function, $0) },
                    trial.tolerance(.activationGradient))
            }
        }
    }

    private static let gated: [CaseTemplate] = Activation.allCases.map { function in
        CaseTemplate(.activationGradient, .gradients, "gated-\(function.rawValue)", [[5, 34], [5, 17]]) { trial in
            let z = trial.numbers.spread([5, 34], scale: 3).map { abs($0) < 0.01 ? 0.5 : $0 }
            let g = trial.numbers.spread([5, 17])
            let got = try trial.backend.activationGradient(
                .gated(function), input: trial.tensor(z), gradient: trial.tensor(g))
            let want = Oracle.rowGradient(at: z, g) { row in
                Values([1, 17]) { Oracle.activation(function, row.elements[$0]) * row.elements[17 + $0] }
            }
            try trial.expect(got, want, trial.tolerance(.activationGradient))
        }
    }

    private static let activationSpecial: [CaseTemplate] = [
        CaseTemplate(.activationGradient, .special, "relu-has-no-slope-at-zero", [[1, 20], [1, 20]]) { trial in
            let z = Values([1, 20]) { [0, -0.0, 1, -1][$0 % 4] }
            let g = trial.numbers.whole([1, 20])
            let got = try trial.backend.activationGradient(
                .relu, input: trial.tensor(z), gradient: trial.tensor(g))
            try trial.expect(got, Values([1, 20]) { z.elements[$0] > 0 ? g.elements[$0] : 0 }, .exact)
        },
        CaseTemplate(.activationGradient, .special, "far-from-zero", [[2, 8], [2, 8]]) { trial in
            // Where functions are nearly linear: derivatives of 0 and 1, without overflow in intermediate results.
            let z = Values([2, 8], [-1e4, -100, -50, -30, 30, 50, 100, 1e4, -9, -8, -7, -6, 6, 7, 8, 9])
            let g = Values([2, 8], repeating: 1)
            for function in Activation.allCases {
                let got = try trial.backend.activationGradient(
                    .elementwise(function), input: trial.tensor(z), gradient: trial.tensor(g))
                try trial.expect(
                    got, Oracle.elementGradient(at: z, g) { Oracle.activation(function, $0) },
                    trial.tolerance(.activationGradient), function.rawValue)
            }
        },
        CaseTemplate(.activationGradient, .special, "nan-stays-where-it-is", [[3, 7], [3, 7]]) { trial in
            var (z, g) = (trial.numbers.spread([3, 7]), trial.numbers.spread([3, 7]))
            z.elements[4] = .nan
            g.elements[9] = .nan
            for function in Activation.allCases where function != .relu {
                let got = try trial.backend.activationGradient(
                    .elementwise(function), input: trial.tensor(z), gradient: trial.tensor(g))
                try trial.expect(
                    got, Oracle.elementGradient(at: z, g) { Oracle.activation(function, $0) },
                    trial.tolerance(.activationGradient), function.rawValue)
            }
        },
    ]

    // MARK: Layer norm

    private static let layerNorm: [CaseTemplate] =
        shapes.flatMap { shape in
            [(false, true), (true, true), (true, false)].map { residual, bias in
                let name = "\(shape.name)\(residual ? "-residual" : "")\(bias ? "" : "-no-bias")"
                return CaseTemplate(.layerNormGradient, .gradients, name, [shape, shape]) { trial in
                    let norm = NormValues(
                        weight: trial.numbers.spread([shape.lastLength]),
                        bias: bias ? trial.numbers.spread([shape.lastLength]) : nil, epsilon: Double(Float(1e-5)))
                    try check(trial, shape, residual: residual, norm)
                }
            }
        } + [
            CaseTemplate(.layerNormGradient, .special, "epsilon-counts", [[9, 16], [9, 16]]) { trial in
                let norm = NormValues(weight: trial.numbers.spread([16]), bias: nil, epsilon: 0.5)
                try check(trial, [9, 16], residual: false, norm, scale: 0.5)
            },
            CaseTemplate(.layerNormGradient, .special, "a-mean-far-from-zero", [[9, 40], [9, 40]]) { trial in
                let norm = NormValues(weight: trial.numbers.spread([40]), bias: nil, epsilon: Double(Float(1e-5)))
                try check(trial, [9, 40], residual: false, norm, shift: 8)
            },
            CaseTemplate(.layerNormGradient, .special, "gains-of-zero", [[5, 33], [5, 33]]) { trial in
                // The gradient of the input is zero, but those of the weights aren't.
                let norm = NormValues(
                    weight: Values([33], repeating: 0), bias: Values([33], repeating: 0), epsilon: 1e-12)
                try check(trial, [5, 33], residual: false, norm)
            },
        ]

    private static func check(
        _ trial: Trial, _ shape: Shape, residual: Bool, _ norm: NormValues, scale: Double = 2, shift: Double = 0
    ) throws {
        let x = trial.numbers.spread(shape, scale: scale).map { Double(Float($0 + shift)) }
        let (added, g) = (residual ? trial.numbers.spread(shape) : nil, trial.numbers.spread(shape))
        if x.elements.isEmpty { trial.prove() }
        let got = try trial.backend.layerNormGradient(
            trial.tensor(x), residual: added.map { try trial.tensor($0) }, LayerNormWeights(norm, trial),
            gradient: trial.tensor(g))
        let y = added.map { Oracle.binary(.add, x, $0) } ?? x
        let want = Oracle.rowGradient(at: y, g) { Oracle.layerNorm($0, norm) }
        try trial.expect(got.input, want, trial.tolerance(.layerNormGradient, depth: x.width), "∂x")
        // The result is linear in the weights, so the gradient is the sum of the factors of the weights.
        let ones = NormValues(weight: Values([x.width], repeating: 1), bias: nil, epsilon: norm.epsilon)
        let tolerance = trial.tolerance(.layerNormGradient, depth: x.rowCount)
        try trial.expect(
            got.weight, Oracle.sumOfRows(Oracle.binary(.multiply, g, Oracle.layerNorm(y, ones))), tolerance, "∂γ")
        if (got.bias == nil) != (norm.bias == nil) { trial.fail("a gradient of a bias goes with a bias") }
        if let bias = got.bias { try trial.expect(bias, Oracle.sumOfRows(g), tolerance, "∂β") }
    }

    // MARK: Softmax and L2 normalization

    private static let softmax: [CaseTemplate] = shapes.flatMap { shape in
        [1, 0.25].map { (scale: Double) in
            CaseTemplate(
                .softmaxGradient, .gradients, "\(shape.name)\(scale == 1 ? "" : "-scaled")", [shape, shape]
            ) { trial in
                let (x, g) = (trial.numbers.spread(shape, scale: 4), trial.numbers.spread(shape))
                if x.elements.isEmpty { trial.prove() }
                let p = Oracle.softmax(x, scale: scale).rounded(to: .float32)
                let got = try trial.backend.softmaxGradient(
                    trial.tensor(p), gradient: trial.tensor(g), scale: Float(scale))
                try trial.expect(
                    got, Oracle.rowGradient(at: x, g) { Oracle.softmax($0, scale: scale) },
                    trial.tolerance(.softmaxGradient))
            }
        }
    }

    private static let l2Normalize: [CaseTemplate] =
        shapes.map { shape in
            CaseTemplate(.l2NormalizeGradient, .gradients, shape.name, [shape, shape]) { trial in
                // Large enough that a step doesn't change the direction much.
                let x = trial.numbers.spread(shape, scale: 3).map { $0 < 0 ? $0 - 1 : $0 + 1 }
                let g = trial.numbers.spread(shape)
                if x.elements.isEmpty { trial.prove() }
                let got = try trial.backend.l2NormalizeGradient(
                    trial.tensor(x), epsilon: 1e-12, gradient: trial.tensor(g))
                try trial.expect(
                    got, Oracle.rowGradient(at: x, g) { Oracle.l2Normalize($0, epsilon: 1e-12) },
                    trial.tolerance(.l2NormalizeGradient))
            }
        } + [
            CaseTemplate(.l2NormalizeGradient, .special, "below-epsilon", [[3, 4], [3, 4]]) { trial in
                let x = Values([3, 4], [0.125, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0])
                let g = trial.numbers.whole([3, 4])
                let got = try trial.backend.l2NormalizeGradient(
                    trial.tensor(x), epsilon: 0.5, gradient: trial.tensor(g))
                try trial.expect(
                    got, Oracle.rowGradient(at: x, g) { Oracle.l2Normalize($0, epsilon: 0.5) },
                    trial.tolerance(.l2NormalizeGradient))
            }
        ]

    // MARK: Refusals

    private static let refusal: [CaseTemplate] = [
        CaseTemplate(.activationGradient, .refusal, "shapes") { trial in
            let (x, g) = (
                try trial.tensor(trial.numbers.whole([2, 6])), try trial.tensor(trial.numbers.whole([3, 6]))
            )
            for activation in [.gelu, .gated(.gelu)] as [LinearActivation] {
                trial.expectError(.invalidShape, naming: [[2, 6], [3, 6]], activation.description) {
                    _ = try trial.backend.activationGradient(activation, input: x, gradient: g)
                }
            }
        },
        CaseTemplate(.layerNormGradient, .refusal, "shapes") { trial in
            let (x, g) = (
                try trial.tensor(trial.numbers.whole([2, 3])), try trial.tensor(trial.numbers.whole([3, 2]))
            )
            let (two, three) = (try trial.tensor(trial.numbers.whole([2])), try trial.tensor(trial.numbers.whole([3])))
            trial.expectError(.invalidShape, naming: [[2, 3], [3, 2]], "a gradient of another shape") {
                _ = try trial.backend.layerNormGradient(
                    x, residual: nil, LayerNormWeights(weight: three, bias: nil, epsilon: 1e-5), gradient: g)
            }
            trial.expectError(.invalidShape, naming: [[2, 3], [2]], "weights of two features") {
                _ = try trial.backend.layerNormGradient(
                    x, residual: nil, LayerNormWeights(weight: two, bias: nil, epsilon: 1e-5), gradient: x)
            }
        },
        CaseTemplate(.softmaxGradient, .refusal, "shapes") { trial in
            let (x, g) = (
                try trial.tensor(trial.numbers.whole([2, 3])), try trial.tensor(trial.numbers.whole([3, 2]))
            )
            trial.expectError(.invalidShape, naming: [[2, 3], [3, 2]], "a gradient of another shape") {
                _ = try trial.backend.softmaxGradient(x, gradient: g, scale: 1)
            }
        },
        CaseTemplate(.l2NormalizeGradient, .refusal, "shapes") { trial in
            let (x, g) = (
                try trial.tensor(trial.numbers.whole([2, 3])), try trial.tensor(trial.numbers.whole([3, 2]))
            )
            trial.expectError(.invalidShape, naming: [[2, 3], [3, 2]], "a gradient of another shape") {
                _ = try trial.backend.l2NormalizeGradient(x, epsilon: 1e-12, gradient: g)
            }
        },
    ]
}

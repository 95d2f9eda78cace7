import BertCore

/// Cases for the gradients of linear layers.
enum LinearGradientCases {
    static let all: [CaseTemplate] = sizes + differences + precision + special + refusal

    private static let sizes: [CaseTemplate] = [
        ([1], 1, 1), ([3], 5, 7), ([33], 31, 32), ([31], 33, 33), ([2, 5], 48, 65), ([129], 64, 17), ([7], 300, 2),
        ([64], 96, 96), ([0], 3, 4),
    ].flatMap { (leading: Shape, inputs: Int, outputs: Int) -> [CaseTemplate] in
        let (xs, gs) = (Shape(Array(leading) + [inputs]), Shape(Array(leading) + [outputs]))
        let name = "\(xs.name)x\(outputs)"
        return [
            CaseTemplate(.linearInputGradient, .exact, name, [gs, [outputs, inputs]]) { trial in
                let (g, w) = (trial.numbers.whole(gs), trial.numbers.whole([outputs, inputs]))
                if g.elements.isEmpty { trial.prove() }
                let dx = try trial.backend.linearInputGradient(trial.tensor(g), weight: trial.tensor(w))
                let rows = g.reshaped([g.rowCount, outputs])
                try trial.expect(dx, Oracle.matmul(rows, w).reshaped(xs), .exact)
            },
            CaseTemplate(.linearWeightGradient, .exact, name, [xs, gs]) { trial in
                let (x, g) = (trial.numbers.whole(xs), trial.numbers.whole(gs))
                if g.elements.isEmpty { trial.prove() }
                for hasBias in [true, false] {
                    let got = try trial.backend.linearWeightGradient(
                        trial.tensor(x), gradient: trial.tensor(g), hasBias: hasBias)
                    let want = Oracle.matmul(
                        g.reshaped([g.rowCount, outputs]), x.reshaped([x.rowCount, inputs]), transposeA: true)
                    try trial.expect(got.weight, want, .exact, "∂W")
                    if (got.bias != nil) != hasBias {
                        trial.fail("there is \(hasBias ? "no" : "a") gradient of a bias")
                    }
                    if let bias = got.bias { try trial.expect(bias, Oracle.sumOfRows(g), .exact, "∂b") }
                }
            },
        ]
    }

    private static let differences: [CaseTemplate] = [
        CaseTemplate(.linearInputGradient, .gradients, "by-differences", [[9, 7], [7, 5]]) { trial in
            let (x, w) = (trial.numbers.spread([9, 5]), trial.numbers.spread([7, 5]))
            let g = trial.numbers.spread([9, 7])
            let want = Oracle.gradient(at: x, g) { Oracle.linear($0, weight: w, bias: nil) }
            let dx = try trial.backend.linearInputGradient(trial.tensor(g), weight: trial.tensor(w))
            try trial.expect(dx, want, trial.tolerance(.linearInputGradient, depth: 7))
        },
        CaseTemplate(.linearWeightGradient, .gradients, "by-differences", [[9, 5], [9, 7]]) { trial in
            let (x, w, b) = (trial.numbers.spread([9, 5]), trial.numbers.spread([7, 5]), trial.numbers.spread([7]))
            let g = trial.numbers.spread([9, 7])
            let got = try trial.backend.linearWeightGradient(trial.tensor(x), gradient: trial.tensor(g), hasBias: true)
            let tolerance = trial.tolerance(.linearWeightGradient, depth: 9)
            try trial.expect(
                got.weight, Oracle.gradient(at: w, g) { Oracle.linear(x, weight: $0, bias: b) }, tolerance, "∂W")
            guard let bias = got.bias else { return trial.fail("the gradient of the bias is missing") }
            try trial.expect(bias, Oracle.gradient(at: b, g) { Oracle.linear(x, weight: w, bias: $0) }, tolerance, "∂b")
        },
    ]

    /// Rounded operands and float32 accumulation. The gradient of a bias is a sum of unrounded numbers.
    private static let precision: [CaseTemplate] = [(3, 5, 7), (40, 33, 19), (129, 64, 50)].flatMap {
        (rows: Int, inputs: Int, outputs: Int) -> [CaseTemplate] in
        [
            CaseTemplate(.linearInputGradient, .precision, "bfloat16-\(rows)x\(inputs)x\(outputs)") { trial in
                let backend = try trial.backend.computing(in: .bfloat16)
                let (g, w) = (trial.numbers.spread([rows, outputs]), trial.numbers.spread([outputs, inputs]))
                let dx = try backend.linearInputGradient(trial.tensor(g), weight: trial.tensor(w))
                try trial.expect(
                    dx, Oracle.matmul(g.rounded(to: .bfloat16), w.rounded(to: .bfloat16)),
                    trial.tolerance(.linearInputGradient, depth: outputs))
            },
            CaseTemplate(.linearWeightGradient, .precision, "bfloat16-\(rows)x\(inputs)x\(outputs)") { trial in
                let backend = try trial.backend.computing(in: .bfloat16)
                let (x, g) = (trial.numbers.spread([rows, inputs]), trial.numbers.spread([rows, outputs]))
                let got = try backend.linearWeightGradient(trial.tensor(x), gradient: trial.tensor(g), hasBias: true)
                let tolerance = trial.tolerance(.linearWeightGradient, depth: rows)
                try trial.expect(
                    got.weight,
                    Oracle.matmul(g.rounded(to: .bfloat16), x.rounded(to: .bfloat16), transposeA: true), tolerance, "∂W"
                )
                guard let bias = got.bias else { return trial.fail("the gradient of the bias is missing") }
                try trial.expect(bias, Oracle.sumOfRows(g), tolerance, "∂b")
            },
        ]
    }

    private static let special: [CaseTemplate] = [
        CaseTemplate(.linearWeightGradient, .special, "nan-stays-in-its-output", [[6, 5], [6, 4]]) { trial in
            let x = trial.numbers.whole([6, 5])
            var g = trial.numbers.whole([6, 4])
            g.elements[2] = .nan
            let got = try trial.backend.linearWeightGradient(trial.tensor(x), gradient: trial.tensor(g), hasBias: true)
            try trial.expect(got.weight, Oracle.matmul(g, x, transposeA: true), .exact)
        }
    ]

    private static let refusal: [CaseTemplate] = [
        CaseTemplate(.linearInputGradient, .refusal, "shapes") { trial in
            let g = try trial.tensor(trial.numbers.whole([2, 3]))
            let w = try trial.tensor(trial.numbers.whole([4, 5]))
            trial.expectError(.invalidShape, naming: [[2, 3], [4, 5]], "three outputs of four") {
                _ = try trial.backend.linearInputGradient(g, weight: w)
            }
        },
        CaseTemplate(.linearWeightGradient, .refusal, "shapes") { trial in
            let x = try trial.tensor(trial.numbers.whole([2, 3]))
            let g = try trial.tensor(trial.numbers.whole([3, 3]))
            trial.expectError(.invalidShape, naming: [[2, 3], [3, 3]], "two rows and three") {
                _ = try trial.backend.linearWeightGradient(x, gradient: g, hasBias: true)
            }
        },
    ]
}

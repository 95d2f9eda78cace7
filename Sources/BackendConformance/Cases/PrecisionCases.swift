import BertCore

/// Cases for linear layers in bfloat16 and int8, for backends that support these; see `Precision`.
enum PrecisionCases {
    static let all: [CaseTemplate] = [Precision.bfloat16, .int8].flatMap { precision in
        exact(precision) + random(precision) + special(precision) + shared(precision)
    }

    private static func exact(_ precision: Precision) -> [CaseTemplate] {
        [(1, 5, 3), (3, 64, 33), (16, 48, 64), (33, 31, 130), (129, 96, 17)].map { rows, inputs, outputs in
            make(precision, "exact-\(rows)x\(inputs)x\(outputs)", [[rows, inputs], [outputs, inputs]]) {
                trial, backend in
                // With these extremes in each row, the quantized integers of int8 are the numbers themselves.
                var (x, weight) = (trial.numbers.whole([rows, inputs]), trial.numbers.whole([outputs, inputs]))
                for row in 0..<rows {
                    x.elements[row * inputs + row % inputs] = 127
                    x.elements[row * inputs + (row + 1) % inputs] = -128
                }
                for row in 0..<outputs {
                    // The neighbor doesn't increase the sum.
                    let (end, neighbour) = (row % inputs, row % inputs ^ 1)
                    weight.elements[row * inputs + end] = 127
                    if neighbour < inputs { weight.elements[row * inputs + neighbour] = -4 }
                }
                let (bias, residual) = (trial.numbers.whole([outputs]), trial.numbers.whole([rows, outputs]))
                let prepared = try backend.prepareLinear(weight: trial.tensor(weight), bias: trial.tensor(bias))
                for activation in [nil, .relu] as [LinearActivation?] {
                    let y = try backend.linear(
                        trial.tensor(x), prepared, activation: activation, residual: trial.tensor(residual))
                    let want = Oracle.linear(
                        x, weight: weight, bias: bias, activation: activation, residual: residual)
                    try trial.expect(y, want, .exact, activation?.description ?? "no activation")
                }
            }
        }
    }

    private static func random(_ precision: Precision) -> [CaseTemplate] {
        ([nil] + Activation.allCases.map(LinearActivation.elementwise)).map { activation in
            let name = activation?.description ?? "none"
            return make(precision, "random-\(name)", [[19, 40], [35, 40]]) { trial, backend in
                let (x, weight) = (
                    trial.numbers.spread([19, 40], scale: 3), trial.numbers.spread([35, 40], scale: 0.5)
                )
                let bias = trial.numbers.spread([35])
                let prepared = try backend.prepareLinear(weight: trial.tensor(weight), bias: trial.tensor(bias))
                let y = try backend.linear(trial.tensor(x), prepared, activation: activation, residual: nil)
                let want = Oracle.linear(
                    Oracle.inputs(x, in: precision), weight: Oracle.weights(weight, in: precision), bias: bias,
                    activation: activation)
                try trial.expect(y, want, trial.tolerance(.linear, depth: 40))
            }
        }
    }

    private static func special(_ precision: Precision) -> [CaseTemplate] {
        [
            make(precision, "rows-of-zeros-and-nan", [[4, 9], [5, 9]]) { trial, backend in
                var x = trial.numbers.spread([4, 9])
                for index in 9..<18 { x.elements[index] = 0 }
                x.elements[20] = .nan
                let weight = trial.numbers.spread([5, 9])
                let bias = trial.numbers.whole([5])
                let prepared = try backend.prepareLinear(weight: trial.tensor(weight), bias: trial.tensor(bias))
                let y = try backend.linear(trial.tensor(x), prepared, activation: nil, residual: nil)
                let want = Oracle.linear(
                    Oracle.inputs(x, in: precision), weight: Oracle.weights(weight, in: precision), bias: bias)
                try trial.expect(y, want, trial.tolerance(.linear, depth: 9))
            },
            make(precision, "no-rows", [[0, 9], [5, 9]]) { trial, backend in
                let weight = trial.numbers.spread([5, 9])
                let prepared = try backend.prepareLinear(weight: trial.tensor(weight), bias: nil)
                let y = try backend.linear(
                    trial.tensor(Values([0, 9], [])), prepared, activation: nil, residual: nil)
                trial.prove()
                try trial.expect(y, Values([0, 5], []), .exact)
            },
        ]
    }

    /// Each precision can use weights prepared in the other one, which keep their own precision.
    private static func shared(_ precision: Precision) -> [CaseTemplate] {
        [
            make(precision, "weights-keep-theirs", [[6, 24], [16, 24]]) { trial, backend in
                if backend.info.precision != precision {
                    trial.fail("it reports the precision \(backend.info.precision)")
                }
                let (x, weight) = (trial.numbers.spread([6, 24]), trial.numbers.spread([16, 24]))
                let operands = (try trial.tensor(x), try trial.tensor(weight))
                let plain = try trial.backend.prepareLinear(weight: operands.1, bias: nil)
                let other = try backend.prepareLinear(weight: operands.1, bias: nil)
                let tolerance = trial.tolerance(.linear, depth: 24)
                for caller in [trial.backend, backend] {
                    try trial.expect(
                        caller.linear(operands.0, plain, activation: nil, residual: nil),
                        Oracle.linear(x, weight: weight, bias: nil), tolerance, "float32 weights")
                    let (x, weight) = (Oracle.inputs(x, in: precision), Oracle.weights(weight, in: precision))
                    try trial.expect(
                        caller.linear(operands.0, other, activation: nil, residual: nil),
                        Oracle.linear(x, weight: weight, bias: nil), tolerance, "\(precision) weights")
                }
            }
        ]
    }

    private static func make(
        _ precision: Precision, _ name: String, _ shapes: [Shape],
        _ body: @escaping @Sendable (Trial, any ComputeBackend) throws -> Void
    ) -> CaseTemplate {
        CaseTemplate(.linear, .precision, "\(precision.rawValue)-\(name)", shapes) { trial in
            try body(trial, trial.backend.computing(in: precision))
        }
    }
}

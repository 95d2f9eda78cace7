import BertCore

/// Cases for the building blocks of backward passes. Expected results are computed by finite differences of the layers,
/// or from the identity that defines an adjoint.
enum GradientCases {
    static let all: [CaseTemplate] = [
        CaseTemplate(.matmul, .gradients, "of-a-linear-layer", [[33, 17], [33, 31]]) { trial in
            // y = x · Wᵀ: ∂x = ∂y · W, ∂W = ∂yᵀ · x.
            let (x, w, dy) = (
                trial.numbers.whole([33, 17]), trial.numbers.whole([31, 17]), trial.numbers.whole([33, 31])
            )
            let gradient = try trial.tensor(dy)
            let dx = try trial.backend.matmul(
                gradient, trial.tensor(w), transposeA: false, transposeB: false, scale: 1)
            let dw = try trial.backend.matmul(gradient, trial.tensor(x), transposeA: true, transposeB: false, scale: 1)
            try trial.expect(dx, Oracle.matmul(dy, w), .exact, "∂x")
            try trial.expect(dw, Oracle.matmul(Oracle.transposed(dy), x), .exact, "∂W")
        },
        CaseTemplate(.matmul, .gradients, "of-attention-scores", [[2, 3, 7, 5], [2, 3, 9, 5]]) { trial in
            // S = Q · Kᵀ / 2: ∂Q = ∂S · K / 2, ∂K = ∂Sᵀ · Q / 2, for each head of each sequence.
            let (q, k, ds) = (
                trial.numbers.whole([2, 3, 7, 5]), trial.numbers.whole([2, 3, 9, 5]),
                trial.numbers.whole([2, 3, 7, 9])
            )
            let gradient = try trial.tensor(ds)
            let dq = try trial.backend.matmul(
                gradient, trial.tensor(k), transposeA: false, transposeB: false, scale: 0.5)
            let dk = try trial.backend.matmul(
                gradient, trial.tensor(q), transposeA: true, transposeB: false, scale: 0.5)
            try trial.expect(dq, Oracle.matmul(ds, k, scale: 0.5), .exact, "∂Q")
            try trial.expect(dk, Oracle.matmul(Oracle.transposed(ds), q, scale: 0.5), .exact, "∂K")
        },
        CaseTemplate(.scatterAddRows, .gradients, "is-the-adjoint-of-gathering", [[40, 13], [40]]) { trial in
            // ⟨gather(T, i), R⟩ = ⟨T, scatter(R, i)⟩, with repeated indices.
            let (table, rows) = (trial.numbers.whole([11, 13]), trial.numbers.whole([40, 13]))
            let indices = trial.numbers.indices(40, below: 11)
            let positions = try trial.indices(indices)
            let gathered = try trial.values(trial.backend.gatherRows(trial.tensor(table), indices: positions))
            let scattered = try trial.values(
                trial.backend.scatterAddRows(trial.tensor(rows), indices: positions, rowCount: 11))
            func product(_ a: Values, _ b: Values) -> Double {
                zip(a.elements, b.elements).reduce(0) { $0 + $1.0 * $1.1 }
            }
            trial.compare(product(gathered, rows), product(table, scattered), at: 0, .exact, "⟨gather, R⟩")
            trial.compare(
                product(table, Oracle.scatterAdd(rows, indices, rowCount: 11)), product(table, scattered), at: 0,
                .exact, "⟨T, scatter⟩")
        },
        CaseTemplate(.reduce, .gradients, "of-broadcasting", [[6, 5, 7]]) { trial in
            // Gradients of a broadcast operand are summed along the broadcast axes.
            let dy = trial.numbers.whole([6, 5, 7])
            let rows = try trial.backend.reduce(.sum, trial.tensor(dy), axis: 0)
            let both = try trial.backend.reduce(.sum, rows, axis: 1)
            try trial.expect(both, Oracle.reduce(.sum, Oracle.reduce(.sum, dy, axis: 0), axis: 1), .exact)
        },
        CaseTemplate(.binary, .gradients, "of-relu", [[7, 9]]) { trial in
            // ∂x = ∂y where x > 0; zero where x = 0.
            let x = Values([7, 9]) { Double($0 % 3) - 1 }
            let dy = trial.numbers.whole([7, 9])
            let zero = try trial.tensor(Values([1], [0]))
            let mask = try trial.backend.binary(.greater, trial.tensor(x), zero)
            let dx = try trial.backend.binary(.multiply, trial.tensor(dy), mask)
            try trial.expect(dx, Values([7, 9]) { x.elements[$0] > 0 ? dy.elements[$0] : 0 }, .exact)
        },
        CaseTemplate(.softmax, .gradients, "from-primitives", [[5, 11]]) { trial in
            // ∂x = p · (∂p − Σ ∂p · p), checked against finite differences of the softmax in double precision.
            let (x, dp) = (trial.numbers.spread([5, 11], scale: 2), trial.numbers.spread([5, 11]))
            let backend = trial.backend
            let p = try backend.softmax(trial.tensor(x), mask: nil, scale: 1)
            let gradient = try trial.tensor(dp)
            let sum = try backend.reduce(.sum, backend.binary(.multiply, gradient, p), axis: 1)
            let dx = try backend.binary(.multiply, p, backend.binary(.subtract, gradient, sum))
            let want = Values([5, 11]) { index in
                let h = 1e-6
                func loss(_ shift: Double) -> Double {
                    var moved = x
                    moved.elements[index] += shift
                    return zip(Oracle.softmax(moved).elements, dp.elements).reduce(0) { $0 + $1.0 * $1.1 }
                }
                return (loss(h) - loss(-h)) / (2 * h)
            }
            try trial.expect(dx, want, Tolerance(absolute: 1e-6, relative: 1e-4))
        },
    ]
}

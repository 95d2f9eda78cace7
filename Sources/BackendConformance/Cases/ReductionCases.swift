import BertCore

/// Cases for sums and maxima along an axis.
enum ReductionCases {
    static let all: [CaseTemplate] = hand + exact + edge + special + refusal

    private static let hand: [CaseTemplate] = [
        CaseTemplate(.reduce, .hand, "2x3", [[2, 3]]) { trial in
            let a = try trial.tensor(Values([2, 3], [1, 5, 3, 4, 2, 6]))
            for (operation, axis, shape, want) in [
                (.sum, 0, [1, 3], [5, 7, 9]), (.sum, 1, [2, 1], [9, 12]), (.maximum, 0, [1, 3], [4, 5, 6]),
                (.maximum, 1, [2, 1], [5, 6]),
            ] as [(Reduction, Int, Shape, [Double])] {
                try trial.expect(
                    trial.backend.reduce(operation, a, axis: axis), Values(shape, want), .exact,
                    "\(operation.rawValue) along \(axis)")
            }
        }
    ]

    private static let exact = [[7], [31, 33], [2, 17, 5], [3, 4, 5, 2], [1, 1_021], [1_021, 1], [64, 64]]
        .flatMap { (shape: Shape) in
            Reduction.allCases.flatMap { operation in
                shape.indices.map { axis in
                    CaseTemplate(.reduce, .exact, "\(operation.rawValue)-\(shape.name)-axis\(axis)", [shape]) { trial in
                        let x = trial.numbers.whole(shape)
                        try trial.expect(
                            trial.backend.reduce(operation, trial.tensor(x), axis: axis),
                            Oracle.reduce(operation, x, axis: axis), .exact)
                    }
                }
            }
        }

    private static let edge: [CaseTemplate] =
        [([0, 3], 1), ([3, 0], 1), ([0], 0), ([2, 0, 3], 1)].map { (shape: Shape, axis: Int) in
            CaseTemplate(.reduce, .edge, "nothing-\(shape.name)-axis\(axis)", [shape]) { trial in
                trial.prove()
                for operation in Reduction.allCases {
                    let x = Values(shape, repeating: 0)
                    try trial.expect(
                        trial.backend.reduce(operation, trial.tensor(x), axis: axis),
                        Oracle.reduce(operation, x, axis: axis), .exact, operation.rawValue)
                }
            }
        }
        + [
            CaseTemplate(.reduce, .random, "sum-of-10007", [[3, 10_007]]) { trial in
                let x = trial.numbers.spread([3, 10_007])
                try trial.expect(
                    trial.backend.reduce(.sum, trial.tensor(x), axis: 1), Oracle.reduce(.sum, x, axis: 1),
                    trial.tolerance(.reduce, depth: 10_007))
            }
        ]

    private static let special: [CaseTemplate] = [
        CaseTemplate(.reduce, .special, "infinities-and-nan", [[4, 33]]) { trial in
            var x = trial.numbers.whole([4, 33])
            x.elements[5] = .nan
            x.elements[33 + 32] = .infinity
            x.elements[66] = -.infinity
            for operation in Reduction.allCases {
                for axis in [0, 1] {
                    try trial.expect(
                        trial.backend.reduce(operation, trial.tensor(x), axis: axis),
                        Oracle.reduce(operation, x, axis: axis), .exact, "\(operation.rawValue) along \(axis)")
                }
            }
        },
        CaseTemplate(.reduce, .special, "nothing-but-negative", [[2, 17]]) { trial in
            // Reveals a maximum that is initialized with zero.
            let x = trial.numbers.whole([2, 17]).map { -abs($0) - 1 }
            try trial.expect(
                trial.backend.reduce(.maximum, trial.tensor(x), axis: 1), Oracle.reduce(.maximum, x, axis: 1), .exact)
        },
    ]

    private static let refusal: [CaseTemplate] = [
        CaseTemplate(.reduce, .refusal, "axis") { trial in
            let x = try trial.tensor(trial.numbers.whole([2, 3]))
            for axis in [2, -1] {
                trial.expectError(.invalidShape, naming: [[2, 3]], "axis \(axis)") {
                    _ = try trial.backend.reduce(.sum, x, axis: axis)
                }
            }
        }
    ]
}

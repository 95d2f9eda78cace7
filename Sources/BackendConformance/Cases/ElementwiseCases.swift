import BertCore

/// Cases for elementwise operations.
enum ElementwiseCases {
    static let all: [CaseTemplate] =
        hand + binaryExact + binaryRandom + broadcasting + binarySpecial + unary + unarySpecial + activations + refusal

    /// Lengths around multiples of vector widths.
    private static let lengths = [0, 1, 7, 15, 16, 17, 31, 32, 33, 64, 67]

    private static let hand: [CaseTemplate] = [
        CaseTemplate(.binary, .hand, "every-operation", [[3], [3]]) { trial in
            let a = try trial.tensor(Values([3], [6, -2, 5]))
            let b = try trial.tensor(Values([3], [2, 4, 5]))
            let want: [BinaryOperation: [Double]] = [
                .add: [8, 2, 10], .subtract: [4, -6, 0], .multiply: [12, -8, 25], .divide: [3, -0.5, 1],
                .maximum: [6, 4, 5], .minimum: [2, -2, 5], .greater: [1, 0, 0], .equal: [0, 0, 1],
            ]
            for operation in BinaryOperation.allCases {
                try trial.expect(
                    trial.backend.binary(operation, a, b), Values([3], want[operation] ?? []), .exact,
                    operation.rawValue)
            }
        }
    ]

    private static let binaryExact = BinaryOperation.allCases.filter { $0 != .divide }.flatMap { operation in
        lengths.map { length in
            CaseTemplate(.binary, .exact, "\(operation.rawValue)-\(length)", [[length], [length]]) { trial in
                let (x, y) = (trial.numbers.whole([length]), trial.numbers.whole([length]))
                if length == 0 { trial.prove() }
                // The results are ones and zeros, and may all be zero.
                if operation == .greater || operation == .equal { trial.prove() }
                let result = try trial.backend.binary(operation, trial.tensor(x), trial.tensor(y))
                // In short cases, all differences, or sums of opposite numbers, may be zero.
                if length < 7 { trial.prove() }
                try trial.expect(result, Oracle.binary(operation, x, y), .exact)
            }
        }
    }

    private static let binaryRandom = BinaryOperation.allCases.map { operation in
        CaseTemplate(.binary, .random, operation.rawValue, [[13, 77], [13, 77]]) { trial in
            var (x, y) = (trial.numbers.spread([13, 77]), trial.numbers.spread([13, 77]))
            // Rounded, so that some numbers are equal.
            if operation == .equal { (x, y) = (x.map { (3 * $0).rounded() }, y.map { (3 * $0).rounded() }) }
            let result = try trial.backend.binary(operation, trial.tensor(x), trial.tensor(y))
            try trial.expect(result, Oracle.binary(operation, x, y), trial.tolerance(.binary))
        }
    }

    private static let broadcasting = [
        ([], [4]), ([4], []), ([1], [3, 5]), ([3, 5], [5]), ([3, 1], [1, 5]), ([2, 3, 4], [3, 1]),
        ([3, 4], [2, 1, 1]),
        ([33, 17], [33, 1]), ([1, 31], [33, 31]), ([2, 1, 3, 1], [4, 1, 5]), ([], []), ([0, 3], [3]), ([1], [0]),
    ].flatMap { (a: Shape, b: Shape) in
        [BinaryOperation.subtract, .multiply].map { operation in
            CaseTemplate(.binary, .edge, "\(operation.rawValue)-\(a.name)-\(b.name)", [a, b]) { trial in
                let (x, y) = (trial.numbers.whole(a), trial.numbers.whole(b).map { 10 * $0 })
                if Oracle.broadcast(a, b).elementCount == 0 { trial.prove() }
                let result = try trial.backend.binary(operation, trial.tensor(x), trial.tensor(y))
                try trial.expect(result, Oracle.binary(operation, x, y), .exact)
            }
        }
    }

    /// All pairs of special numbers.
    private static let binarySpecial = BinaryOperation.allCases.map { operation in
        CaseTemplate(.binary, .special, operation.rawValue, [[11, 1], [1, 11]]) { trial in
            let greatest = Double(Float.greatestFiniteMagnitude)
            let numbers: [Double] = [
                .infinity, -.infinity, .nan, 0, -0.0, 1, -1, greatest, -greatest, 0x1p-126, 0x1p60,
            ]
            let (x, y) = (Values([11, 1], numbers), Values([1, 11], numbers))
            let result = try trial.backend.binary(operation, trial.tensor(x), trial.tensor(y))
            // Overflow and underflow as in float32.
            let want = Oracle.binary(operation, x, y).rounded(to: .float32)
            try trial.expect(result, want, Tolerance(absolute: 0x1p-126, relative: 0x1p-23))
        }
    }

    /// The range in which each function is tested.
    private static func domain(_ operation: UnaryOperation) -> ClosedRange<Double> {
        switch operation {
        case .negate, .abs: -100...100
        case .exp: -87...88
        case .log: 0.001...1_000
        case .sqrt: 0...1_000
        case .reciprocal: 0.01...100
        case .tanh, .sigmoid: -20...20
        case .erf: -5...5
        }
    }

    private static let unary = UnaryOperation.allCases.flatMap { operation in
        lengths.map { length in
            CaseTemplate(.unary, .edge, "\(operation.rawValue)-\(length)", [[length]]) { trial in
                let range = domain(operation)
                let (low, high) = (range.lowerBound, range.upperBound)
                let x = trial.numbers.spread([length]).map { Double(Float(low + ($0 + 1) / 2 * (high - low))) }
                // A single result may be close to zero.
                if length < 7 { trial.prove() }
                let result = try trial.backend.unary(operation, trial.tensor(x))
                try trial.expect(result, x.map { Oracle.unary(operation, $0) }, trial.tolerance(.unary))
            }
        } + [
            CaseTemplate(.unary, .random, "\(operation.rawValue)-fine", [[2_001]]) { trial in
                // The whole range in even steps, including numbers near zero, where relative errors are easily missed.
                let range = domain(operation)
                let step = (range.upperBound - range.lowerBound) / 2_000
                let x = Values([2_001]) { Double(Float(range.lowerBound + Double($0) * step)) }
                let result = try trial.backend.unary(operation, trial.tensor(x))
                try trial.expect(result, x.map { Oracle.unary(operation, $0) }, trial.tolerance(.unary))
            }
        ]
    }

    private static let unarySpecial: [CaseTemplate] =
        UnaryOperation.allCases.map { operation in
            CaseTemplate(.unary, .special, operation.rawValue, [[9]]) { trial in
                let x = Values([9], [.infinity, -.infinity, .nan, 0, 1, -1, 100, -100, 0x1p-126])
                let result = try trial.backend.unary(operation, trial.tensor(x))
                let want = x.map { Oracle.unary(operation, $0) }.rounded(to: .float32)
                let usual = trial.tolerance(.unary)
                try trial.expect(result, want, Tolerance(absolute: 0x1p-126, relative: usual.relative))
            }
        }
        + [
            CaseTemplate(.unary, .special, "negative-zero", [[1]]) { trial in
                let zero = try trial.tensor(Values([1], [0]))
                let minus = try trial.backend.unary(.negate, zero)
                trial.compareBits(try trial.values(minus), Values([1], [-0.0]), "−0")
                let below = try trial.backend.unary(.reciprocal, minus)
                try trial.expect(below, Values([1], [-.infinity]), .exact, "1/−0")
            },
            CaseTemplate(.unary, .special, "subnormal", [[4]]) { trial in
                // Subnormal numbers may be flushed to zero, but must not give NaN or greater results.
                let x = Values([4], [0x1p-149, 0x1p-140, -0x1p-130, 1])
                for operation in [UnaryOperation.negate, .abs, .tanh, .erf] {
                    let result = try trial.backend.unary(operation, trial.tensor(x))
                    let want = x.map { Oracle.unary(operation, $0) }
                    try trial.expect(
                        result, want, Tolerance(absolute: 0x1p-126, relative: trial.tolerance(.unary).relative),
                        operation.rawValue)
                }
            },
        ]

    private static let activations: [CaseTemplate] = Activation.allCases.flatMap { activation in
        [
            CaseTemplate(.activation, .random, activation.rawValue, [[801]]) { trial in
                let x = Values([801]) { (Double($0) - 400) / 40 }.rounded(to: .float32)
                let result = try trial.backend.activation(activation, trial.tensor(x))
                try trial.expect(result, x.map { Oracle.activation(activation, $0) }, trial.tolerance(.activation))
            },
            CaseTemplate(.activation, .edge, activation.rawValue, [[33]]) { trial in
                for length in lengths + [3, 5] {
                    let x = trial.numbers.spread([length], scale: 4)
                    let result = try trial.backend.activation(activation, trial.tensor(x))
                    try trial.expect(
                        result, x.map { Oracle.activation(activation, $0) }, trial.tolerance(.activation),
                        "\(length) elements")
                }
            },
            CaseTemplate(.activation, .special, activation.rawValue, [[7]]) { trial in
                let x = Values([7], [.nan, 0, 1e4, -1e4, 1e30, -1e9, .infinity])
                let result = try trial.backend.activation(activation, trial.tensor(x))
                let want = x.map { Oracle.activation(activation, $0) }.rounded(to: .float32)
                try trial.expect(result, want, trial.tolerance(.activation))
            },
        ]
    }

    private static let refusal: [CaseTemplate] = [
        CaseTemplate(.binary, .refusal, "shapes") { trial in
            for (a, b) in [([2, 3], [2]), ([3], [4]), ([2, 1, 3], [4, 3, 2])] as [(Shape, Shape)] {
                let (x, y) = try (trial.tensor(trial.numbers.whole(a)), trial.tensor(trial.numbers.whole(b)))
                trial.expectError(.invalidShape, naming: [a, b], "\(a) and \(b)") {
                    _ = try trial.backend.binary(.add, x, y)
                }
            }
        }
    ]
}

import BertCore

/// Cases for row-wise operations: layer normalization, softmax, pooling and L2 normalization.
enum RowCases {
    static let all: [CaseTemplate] = layerNorm + softmax + l2 + pool + refusal

    private static let shapes: [Shape] = [
        [1, 2], [3, 7], [31, 33], [33, 31], [2, 5, 32], [7, 384], [3, 768], [0, 4], [6], [257, 17],
    ]

    private static func norm(_ trial: Trial, _ features: Int, epsilon: Float = 1e-5) -> NormValues {
        NormValues(
            weight: trial.numbers.spread([features]), bias: trial.numbers.spread([features]),
            epsilon: Double(epsilon))
    }

    private static let layerNorm: [CaseTemplate] =
        shapes.flatMap { shape in
            [false, true].map { residual in
                let name = "\(shape.name)\(residual ? "-residual" : "")"
                return CaseTemplate(.layerNorm, .random, name, [shape]) { trial in
                    let x = trial.numbers.spread(shape, scale: 2)
                    let added = residual ? trial.numbers.spread(shape) : nil
                    let norm = norm(trial, shape.lastLength)
                    if shape.elementCount == 0 { trial.prove() }
                    let result = try trial.backend.layerNorm(
                        trial.tensor(x), residual: added.map { try trial.tensor($0) }, LayerNormWeights(norm, trial))
                    try trial.expect(
                        result, Oracle.layerNorm(x, residual: added, norm), trial.tolerance(.layerNorm))
                }
            }
        } + [
            CaseTemplate(.layerNorm, .random, "no-bias", [[5, 33]]) { trial in
                let (x, added) = (trial.numbers.spread([5, 33], scale: 2), trial.numbers.spread([5, 33]))
                let norm = NormValues(weight: trial.numbers.spread([33]), bias: nil, epsilon: Double(Float(1e-5)))
                for residual in [nil, added] {
                    let result = try trial.backend.layerNorm(
                        trial.tensor(x), residual: residual.map { try trial.tensor($0) }, LayerNormWeights(norm, trial))
                    try trial.expect(
                        result, Oracle.layerNorm(x, residual: residual, norm), trial.tolerance(.layerNorm))
                }
            },
            CaseTemplate(.layerNorm, .hand, "two-features", [[1, 2]]) { trial in
                // Mean 2 and variance 1: the normalized features are −1 and 1.
                let norm = NormValues(weight: Values([2], [3, 5]), bias: Values([2], [10, 20]), epsilon: 0)
                let result = try trial.backend.layerNorm(
                    trial.tensor(Values([1, 2], [1, 3])), residual: nil, LayerNormWeights(norm, trial))
                try trial.expect(result, Values([1, 2], [7, 25]), trial.tolerance(.layerNorm))
            },
            CaseTemplate(.layerNorm, .special, "equal-features", [[2, 33]]) { trial in
                // Nothing deviates from the mean, so the result is the bias, regardless of epsilon.
                let norm = norm(trial, 33, epsilon: 1e-12)
                let x = Values([2, 33], repeating: 0.5)
                let result = try trial.backend.layerNorm(
                    trial.tensor(x), residual: nil, LayerNormWeights(norm, trial))
                try trial.expect(result, Oracle.layerNorm(x, norm), trial.tolerance(.layerNorm))
            },
            CaseTemplate(.layerNorm, .special, "epsilon-counts", [[3, 16]]) { trial in
                let norm = norm(trial, 16, epsilon: 0.5)
                let x = trial.numbers.spread([3, 16], scale: 0.1)
                let result = try trial.backend.layerNorm(
                    trial.tensor(x), residual: nil, LayerNormWeights(norm, trial))
                try trial.expect(result, Oracle.layerNorm(x, norm), trial.tolerance(.layerNorm))
            },
            CaseTemplate(.layerNorm, .special, "far-from-zero", [[3, 65]]) { trial in
                // A variance computed as E[x²] − E[x]² has no correct digits here.
                let norm = norm(trial, 65)
                let x = trial.numbers.whole([3, 65]).map { 4_096 + $0 }
                let result = try trial.backend.layerNorm(
                    trial.tensor(x), residual: nil, LayerNormWeights(norm, trial))
                // The mean is rounded to a multiple of 2⁻¹², and the standard deviation is about 2.7.
                try trial.expect(result, Oracle.layerNorm(x, norm), Tolerance(absolute: 0x1p-11, relative: 0x1p-11))
            },
            CaseTemplate(.layerNorm, .special, "nan-stays-in-its-row", [[3, 18]]) { trial in
                let norm = norm(trial, 18)
                var x = trial.numbers.spread([3, 18])
                x.elements[18 + 17] = .nan
                let result = try trial.backend.layerNorm(
                    trial.tensor(x), residual: nil, LayerNormWeights(norm, trial))
                try trial.expect(result, Oracle.layerNorm(x, norm), trial.tolerance(.layerNorm))
            },
        ]

    private static let softmax: [CaseTemplate] =
        shapes.flatMap { shape in
            (shape.count == 1 ? [nil, shape] : [nil, [shape.lastLength], shape]).map { (mask: Shape?) in
                let name = "\(shape.name)\(mask.map { "-mask-\($0.name)" } ?? "")"
                return CaseTemplate(.softmax, .random, name, [shape]) { trial in
                    let x = trial.numbers.spread(shape, scale: 5)
                    // About a third of the elements are masked.
                    let hidden = mask.map { shape in
                        Values(shape) { _ in
                            trial.numbers.below(3) == 0 ? -Double(Float.greatestFiniteMagnitude) : 0
                        }
                    }
                    if shape.elementCount == 0 { trial.prove() }
                    let result = try trial.backend.softmax(
                        trial.tensor(x), mask: hidden.map { try trial.tensor($0) }, scale: 0.5)
                    try trial.expect(
                        result, Oracle.softmax(x, mask: hidden, scale: 0.5), trial.tolerance(.softmax))
                }
            }
        } + [
            CaseTemplate(.softmax, .hand, "powers-of-two", [[1, 3]]) { trial in
                let logTwo = Oracle.unary(.log, 2)
                let x = Values([1, 3], [0, logTwo, 2 * logTwo]).rounded(to: .float32)
                let result = try trial.backend.softmax(trial.tensor(x), mask: nil, scale: 1)
                try trial.expect(result, Values([1, 3], [1.0 / 7, 2.0 / 7, 4.0 / 7]), trial.tolerance(.softmax))
            },
            CaseTemplate(.softmax, .special, "nothing-to-attend-to", [[3, 17]]) { trial in
                // Rows of only −∞ are uniform, whether caused by the scores or by the mask.
                for (score, mask) in [
                    (-Double.infinity, 0.0), (0, -.infinity), (1, -Double(Float.greatestFiniteMagnitude)),
                    (-.infinity, -.infinity),
                ] {
                    let x = Values([3, 17]) { $0 / 17 == 1 ? score : Double($0 % 5) }
                    // One row uses one kind of masking, another one both.
                    let both = [-Double.infinity, -Double(Float.greatestFiniteMagnitude)]
                    let hidden = Values([3, 17]) { $0 / 17 == 1 ? mask : $0 / 17 == 2 ? both[$0 % 2] : 0 }
                    let result = try trial.backend.softmax(trial.tensor(x), mask: trial.tensor(hidden), scale: 1)
                    try trial.expect(
                        result, Oracle.softmax(x, mask: hidden), trial.tolerance(.softmax),
                        "scores \(score), mask \(mask)")
                }
            },
            CaseTemplate(.softmax, .special, "one-place-left", [[2, 33]]) { trial in
                let x = trial.numbers.spread([2, 33], scale: 30)
                let mask = Values([2, 33]) { $0 == 32 || $0 == 33 ? 0 : -.infinity }
                let result = try trial.backend.softmax(trial.tensor(x), mask: trial.tensor(mask), scale: 1)
                try trial.expect(result, mask.map { $0 == 0 ? 1 : 0 }, .exact)
            },
            CaseTemplate(.softmax, .special, "huge-scores", [[3, 4]]) { trial in
                // These overflow or vanish if the maximum isn't subtracted.
                let x = Values([3, 4], [1e4, 1e4, 0, -1e4, -1e4, -1e4, -1e4, -1e4, 1e30, 0, -1e30, 1])
                let result = try trial.backend.softmax(trial.tensor(x), mask: nil, scale: 1)
                try trial.expect(result, Oracle.softmax(x.rounded(to: .float32)), trial.tolerance(.softmax))
            },
            CaseTemplate(.softmax, .special, "nan-stays-in-its-row", [[3, 18]]) { trial in
                var x = trial.numbers.spread([3, 18])
                x.elements[18 + 17] = .nan
                let result = try trial.backend.softmax(trial.tensor(x), mask: nil, scale: 1)
                try trial.expect(result, Oracle.softmax(x), trial.tolerance(.softmax))
            },
        ]

    private static let l2: [CaseTemplate] =
        shapes.map { shape in
            CaseTemplate(.l2Normalize, .random, shape.name, [shape]) { trial in
                let x = trial.numbers.spread(shape, scale: 3)
                if shape.elementCount == 0 { trial.prove() }
                let result = try trial.backend.l2Normalize(trial.tensor(x), epsilon: 1e-12)
                try trial.expect(
                    result, Oracle.l2Normalize(x, epsilon: 1e-12), trial.tolerance(.l2Normalize))
            }
        } + [
            CaseTemplate(.l2Normalize, .hand, "3-4-5", [[2, 2]]) { trial in
                let result = try trial.backend.l2Normalize(
                    trial.tensor(Values([2, 2], [3, 4, 0, 0])), epsilon: 1e-12)
                try trial.expect(result, Values([2, 2], [0.6, 0.8, 0, 0]), trial.tolerance(.l2Normalize))
            },
            CaseTemplate(.l2Normalize, .special, "epsilon-counts", [[2, 4]]) { trial in
                let x = Values([2, 4], [0.125, 0, 0, 0, 3, 0, 4, 0])
                let result = try trial.backend.l2Normalize(trial.tensor(x), epsilon: 0.5)
                try trial.expect(result, Oracle.l2Normalize(x, epsilon: 0.5), trial.tolerance(.l2Normalize))
            },
        ]

    private static let pool: [CaseTemplate] = Pooling.allCases.flatMap { pooling in
        [([1], 1), ([5, 1, 33], 31), ([2, 2, 2], 384), ([512], 8), ([], 4), ([17, 3], 33)].map {
            (lengths: [Int], features: Int) in
            let total = lengths.reduce(0, +)
            let name =
                "\(pooling.rawValue)-\(lengths.isEmpty ? "none" : lengths.map(String.init).joined(separator: "-"))"
                + "x\(features)"
            return CaseTemplate(.pool, .random, name, [[total, features]]) { trial in
                // All numbers are negative, which reveals a maximum that is initialized with zero.
                let x = trial.numbers.spread([total, features]).map { $0 - 2 }
                let sequences = try PackedSequences(lengths: lengths)
                if lengths.isEmpty { trial.prove() }
                let result = try trial.backend.pool(trial.tensor(x), sequences: sequences, pooling)
                try trial.expect(
                    result, Oracle.pool(x, sequences: sequences, pooling),
                    trial.tolerance(.pool, depth: lengths.max() ?? 1))
            }
        }
    }

    private static let refusal: [CaseTemplate] = [
        CaseTemplate(.layerNorm, .refusal, "shapes") { trial in
            let x = try trial.tensor(trial.numbers.whole([2, 3]))
            let other = try trial.tensor(trial.numbers.whole([3, 2]))
            let two = try trial.tensor(trial.numbers.whole([2]))
            let three = try trial.tensor(trial.numbers.whole([3]))
            trial.expectError(.invalidShape, naming: [[2, 3], [2]], "weights of two features") {
                _ = try trial.backend.layerNorm(
                    x, residual: nil, LayerNormWeights(weight: two, bias: two, epsilon: 1e-5))
            }
            trial.expectError(.invalidShape, naming: [[2, 3], [3, 2]], "a residual of another shape") {
                _ = try trial.backend.layerNorm(
                    x, residual: other, LayerNormWeights(weight: three, bias: three, epsilon: 1e-5))
            }
        },
        CaseTemplate(.softmax, .refusal, "mask") { trial in
            let x = try trial.tensor(trial.numbers.whole([2, 3]))
            for shape in [[2], [4, 2, 3]] as [Shape] {
                let mask = try trial.tensor(trial.numbers.whole(shape))
                trial.expectError(.invalidShape, naming: [[2, 3], shape], "a mask of \(shape)") {
                    _ = try trial.backend.softmax(x, mask: mask, scale: 1)
                }
            }
        },
        CaseTemplate(.pool, .refusal, "sequences") { trial in
            let x = try trial.tensor(trial.numbers.whole([5, 3]))
            trial.expectError(.invalidShape, naming: [[5, 3]], "six tokens of five") {
                _ = try trial.backend.pool(x, sequences: PackedSequences(lengths: [2, 4]), .mean)
            }
            for pooling in Pooling.allCases {
                trial.expectError(.invalidArgument, "an empty sequence, \(pooling.rawValue)") {
                    _ = try trial.backend.pool(x, sequences: PackedSequences(lengths: [2, 0, 3]), pooling)
                }
            }
        },
    ]
}

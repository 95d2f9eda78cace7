import BertCore

/// Cases for batched matrix products.
enum MatmulCases {
    static let all: [CaseTemplate] = hand + exact + random + edge + large + special + refusal

    /// Sizes m, k, n around multiples of tile and vector sizes.
    private static let sizes: [(m: Int, k: Int, n: Int)] = [
        (1, 1, 1), (2, 3, 5), (7, 11, 13), (31, 32, 33), (33, 31, 32), (32, 33, 31), (16, 16, 16), (64, 17, 3),
        (1, 257, 9), (5, 1, 67), (129, 5, 1),
    ]

    /// Returns the shapes of a product's operands with the given transposes.
    static func shapes(_ m: Int, _ k: Int, _ n: Int, _ transposeA: Bool, _ transposeB: Bool) -> [Shape] {
        [transposeA ? [k, m] : [m, k], transposeB ? [n, k] : [k, n]]
    }

    static func suffix(_ transposeA: Bool, _ transposeB: Bool) -> String {
        (transposeA ? "-ta" : "") + (transposeB ? "-tb" : "")
    }

    private static let transposes = [(false, false), (false, true), (true, false), (true, true)]

    private static let hand: [CaseTemplate] = [
        CaseTemplate(.matmul, .hand, "2x2", [[2, 2], [2, 2]]) { trial in
            let a = try trial.tensor(Values([2, 2], [1, 2, 3, 4]))
            let b = try trial.tensor(Values([2, 2], [5, 6, 7, 8]))
            for (ta, tb, want) in [
                (false, false, [19.0, 22, 43, 50]), (true, false, [26, 30, 38, 44]), (false, true, [17, 23, 39, 53]),
                (true, true, [23, 31, 34, 46]),
            ] {
                let c = try trial.backend.matmul(a, b, transposeA: ta, transposeB: tb, scale: 1)
                try trial.expect(c, Values([2, 2], want), .exact, "transposes \(ta) \(tb)")
            }
            let half = try trial.backend.matmul(a, b, transposeA: false, transposeB: false, scale: -0.5)
            try trial.expect(half, Values([2, 2], [-9.5, -11, -21.5, -25]), .exact, "scale −0.5")
        }
    ]

    private static let exact = sizes.flatMap { m, k, n in
        transposes.map { ta, tb in
            CaseTemplate(.matmul, .exact, "\(m)x\(k)x\(n)\(suffix(ta, tb))", shapes(m, k, n, ta, tb)) { trial in
                let shapes = shapes(m, k, n, ta, tb)
                let (x, y) = (trial.numbers.whole(shapes[0]), trial.numbers.whole(shapes[1]))
                let c = try trial.backend.matmul(
                    trial.tensor(x), trial.tensor(y), transposeA: ta, transposeB: tb, scale: 2)
                try trial.expect(c, Oracle.matmul(x, y, transposeA: ta, transposeB: tb, scale: 2), .exact)
            }
        }
    }

    private static let random = [(5, 64, 7), (33, 96, 31), (17, 700, 19)].flatMap { m, k, n in
        transposes.map { ta, tb in
            CaseTemplate(.matmul, .random, "\(m)x\(k)x\(n)\(suffix(ta, tb))", shapes(m, k, n, ta, tb)) { trial in
                let shapes = shapes(m, k, n, ta, tb)
                let (x, y) = (trial.numbers.spread(shapes[0]), trial.numbers.spread(shapes[1]))
                let c = try trial.backend.matmul(
                    trial.tensor(x), trial.tensor(y), transposeA: ta, transposeB: tb, scale: 0.125)
                try trial.expect(
                    c, Oracle.matmul(x, y, transposeA: ta, transposeB: tb, scale: 0.125),
                    trial.tolerance(.matmul, depth: k))
            }
        }
    }

    private static let edge: [CaseTemplate] = [
        ([0, 3], [3, 4]), ([3, 4], [4, 0]), ([2, 0], [0, 3]), ([0, 2, 3], [3, 4]), ([2, 3, 4], [4, 5]),
        ([4, 5], [3, 5, 2]), ([2, 1, 3, 4], [5, 4, 2]), ([1, 2, 3], [4, 3, 2]), ([3, 1, 2], [3, 2, 1]),
    ].map { (a: Shape, b: Shape) in
        CaseTemplate(.matmul, .edge, "\(a.name)·\(b.name)", [a, b]) { trial in
            let (x, y) = (trial.numbers.whole(a), trial.numbers.whole(b))
            let c = try trial.backend.matmul(
                trial.tensor(x), trial.tensor(y), transposeA: false, transposeB: false, scale: 1)
            // Without elements, only the shape is checked; without terms, the result is zero.
            if a.elementCount == 0 || b.elementCount == 0 { trial.prove() }
            try trial.expect(c, Oracle.matmul(x, y), .exact)
        }
    }

    /// Products in BERT's sizes, with integers. Each element is checked twice, by the sums of its row and of its
    /// column.
    private static let large = [(64, 384, 384), (16, 384, 1_536), (1, 768, 770), (256, 64, 256), (129, 768, 67)]
        .map { m, k, n in
            CaseTemplate(.matmul, .edge, "\(m)x\(k)x\(n)-tb", [[m, k], [n, k]]) { trial in
                let (x, y) = (trial.numbers.whole([m, k]), trial.numbers.whole([n, k]))
                let c = try trial.backend.matmul(
                    trial.tensor(x), trial.tensor(y), transposeA: false, transposeB: true, scale: 1)
                let product = MatmulIndices([m, k], [n, k], transposeA: false, transposeB: true)
                try trial.expect(c, shape: [m, n], cost: k, .exact) { index in
                    let (first, second) = product.operands(of: index)
                    return x.dot(first, y, second, count: k)
                }
                guard c.shape == [m, n] else { return }
                trial.expectSums(try trial.values(c), of: x, y, transposeB: true, scale: 1)
            }
        }

    private static let special: [CaseTemplate] = [
        CaseTemplate(.matmul, .special, "infinities-and-nan", [[3, 33], [33, 33]]) { trial in
            // Each affects all elements of its own row, and no others.
            var x = trial.numbers.whole([3, 33])
            x.elements[32] = .nan
            x.elements[33 + 7] = .infinity
            let y = Values([33, 33], repeating: 1)
            let c = try trial.backend.matmul(
                trial.tensor(x), trial.tensor(y), transposeA: false, transposeB: false, scale: 1)
            try trial.expect(c, Oracle.matmul(x, y), .exact)
        },
        CaseTemplate(.matmul, .special, "zero-times-nan", [[1, 2], [2, 2]]) { trial in
            let x = try trial.tensor(Values([1, 2], [0, 1]))
            let y = try trial.tensor(Values([2, 2], [.nan, 1, 2, 3]))
            let c = try trial.backend.matmul(x, y, transposeA: false, transposeB: false, scale: 1)
            try trial.expect(c, Values([1, 2], [.nan, 3]), .exact)
        },
        CaseTemplate(.matmul, .special, "huge", [[2, 2], [2, 2]]) { trial in
            let x = try trial.tensor(Values([2, 2], [0x1p100, 1, -0x1p100, 0x1p-100]))
            let y = try trial.tensor(Values([2, 2], [0x1p20, 0x1p100, 1, 0]))
            let c = try trial.backend.matmul(x, y, transposeA: false, transposeB: false, scale: 1)
            try trial.expect(
                c, Values([2, 2], [0x1p120 + 1, .infinity, -0x1p120 + 0x1p-100, -.infinity]),
                Tolerance(absolute: 0, relative: 0x1p-22))
        },
    ]

    private static let refusal: [CaseTemplate] = [
        CaseTemplate(.matmul, .refusal, "shapes") { trial in
            func refused(_ a: Shape, _ b: Shape, _ ta: Bool = false, _ tb: Bool = false) throws {
                let x = try trial.tensor(trial.numbers.whole(a))
                let y = try trial.tensor(trial.numbers.whole(b))
                trial.expectError(.invalidShape, naming: [a, b], "\(a)·\(b) transposed \(ta) \(tb)") {
                    _ = try trial.backend.matmul(x, y, transposeA: ta, transposeB: tb, scale: 1)
                }
            }
            try refused([2, 3], [2, 3])
            try refused([2, 3], [3, 2], true, false)
            try refused([2, 3], [3, 2], false, true)
            try refused([3], [3, 2])
            try refused([2, 3], [3])
        },
        CaseTemplate(.matmul, .refusal, "batch-axes") { trial in
            let x = try trial.tensor(trial.numbers.whole([2, 1, 3]))
            let y = try trial.tensor(trial.numbers.whole([3, 3, 1]))
            trial.expectError(.invalidShape, "batches of 2 and 3") {
                _ = try trial.backend.matmul(x, y, transposeA: false, transposeB: false, scale: 1)
            }
        },
    ]
}

extension Shape {
    /// A name for cases: `2x3`, `scalar`.
    var name: String { isEmpty ? "scalar" : map(String.init).joined(separator: "x") }
}

import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A test that compares the operations of a layer on a backend with results computed in double precision.
struct SelfTest {
    private let backend: any ComputeBackend
    private var random: UInt64 = 20_240_229

    /// The failures, with a sentence for each operation.
    private(set) var failures: [String] = []
    /// The operations that were tested.
    private(set) var operations: [String] = []

    /// Tests a backend.
    init(_ backend: any ComputeBackend) {
        self.backend = backend
        testLinear()
        testLayerNorm()
        testSoftmax()
        testAttention()
    }

    // The sizes are odd, so that they aren't multiples of vector registers or blocks.
    private mutating func testLinear() {
        let (rows, inputs, outputs) = (7, 33, 19)
        let (x, w, b) = (values(rows * inputs), values(outputs * inputs), values(outputs))
        var want: [Double] = []
        for row in 0..<rows {
            for output in 0..<outputs {
                var sum = Double(b[output])
                for input in 0..<inputs { sum += Double(x[row * inputs + input]) * Double(w[output * inputs + input]) }
                want.append(sum * 0.5 * (1 + erf(sum * 0.5.squareRoot())))
            }
        }
        compare("linear layer with GELU", want) { backend in
            let weights = try backend.prepareLinear(
                weight: backend.constant(w, shape: [outputs, inputs]), bias: backend.constant(b, shape: [outputs]))
            return try backend.linear(
                backend.constant(x, shape: [rows, inputs]), weights, activation: .gelu, residual: nil)
        }
    }

    private mutating func testLayerNorm() {
        let (rows, width) = (5, 37)
        let (x, r, w, b) = (values(rows * width), values(rows * width), values(width), values(width))
        var want: [Double] = []
        for row in 0..<rows {
            let y = (0..<width).map { Double(x[row * width + $0]) + Double(r[row * width + $0]) }
            let mean = y.reduce(0, +) / Double(width)
            let variance = y.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
            for column in 0..<width {
                let normal = (y[column] - mean) / (variance + 1e-12).squareRoot()
                want.append(normal * Double(w[column]) + Double(b[column]))
            }
        }
        compare("layer norm", want) { backend in
            try backend.layerNorm(
                backend.constant(x, shape: [rows, width]), residual: backend.constant(r, shape: [rows, width]),
                LayerNormWeights(
                    weight: backend.constant(w, shape: [width]), bias: backend.constant(b, shape: [width]),
                    epsilon: 1e-12))
        }
    }

    private mutating func testSoftmax() {
        let (rows, width) = (5, 21)
        let x = values(rows * width)
        var want: [Double] = []
        for row in 0..<rows {
            want += Self.softmax((0..<width).map { 3 * Double(x[row * width + $0]) })
        }
        compare("softmax", want) { try $0.softmax($0.constant(x, shape: [rows, width]), mask: nil, scale: 3) }
    }

    private mutating func testAttention() {
        let (heads, size, lengths) = (2, 9, [4, 1, 6])
        let (width, tokens) = (heads * size, lengths.reduce(0, +))
        let qkv = values(tokens * 3 * width)
        func element(_ token: Int, _ part: Int, _ head: Int, _ index: Int) -> Double {
            Double(qkv[token * 3 * width + part * width + head * size + index])
        }
        var want = [Double](repeating: 0, count: tokens * width)
        var start = 0
        for length in lengths {
            for query in start..<start + length {
                for head in 0..<heads {
                    let scores = (start..<start + length).map { key in
                        (0..<size).reduce(0) { $0 + element(query, 0, head, $1) * element(key, 1, head, $1) } / 3
                    }
                    for (key, weight) in Self.softmax(scores).enumerated() {
                        for index in 0..<size {
                            want[query * width + head * size + index] += weight * element(start + key, 2, head, index)
                        }
                    }
                }
            }
            start += length
        }
        compare("attention", want) { backend in
            try backend.attention(
                .fused(backend.constant(qkv, shape: [tokens, 3 * width])),
                AttentionOptions(heads: heads, scale: 1 / 3, sequences: PackedSequences(lengths: lengths))
            ).context
        }
    }

    private mutating func compare(
        _ operation: String, _ want: [Double], _ compute: (any ComputeBackend) throws -> Tensor
    ) {
        operations.append(operation)
        do {
            let got = try backend.floats(compute(backend))
            guard got.count == want.count else {
                failures.append("\(operation) returned \(got.count) elements instead of \(want.count)")
                return
            }
            // Tests each element instead of the largest difference, because a maximum can lose a NaN.
            let isWrong = { (index: Int) in
                !(abs(Double(got[index]) - want[index]) <= 1e-5 + 1e-4 * abs(want[index]))
            }
            if let index = want.indices.first(where: isWrong) {
                failures.append(
                    "\(operation) returned \(got[index]) instead of \(Float(want[index])) at position \(index)")
            }
        } catch {
            failures.append("\(operation) threw: \(error)")
        }
    }

    private static func softmax(_ row: [Double]) -> [Double] {
        let greatest = row.max() ?? 0
        let exponentials = row.map { exp($0 - greatest) }
        let sum = exponentials.reduce(0, +)
        return exponentials.map { $0 / sum }
    }

    /// Returns numbers from -1 to 1, which are the same in every run.
    private mutating func values(_ count: Int) -> [Float] {
        (0..<count).map { _ in
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int64(random >> 40)) / Float(1 << 23) - 1
        }
    }
}

public import BertCore

/// A call in a size typical for BERT, for timing.
public struct PerformanceCase: Sendable {
    /// The operation.
    public let operation: OperationKind
    /// The shapes, for example `128x384 → 1536, gelu`.
    public let name: String
    /// The number of floating-point operations in a call: two for each product that is summed and, for elementwise
    /// functions, those in the definition.
    public let floatingPointOperations: Double
    let prepare: @Sendable (any ComputeBackend) throws -> @Sendable () throws -> Void

    /// The calls of encoders in the sizes of MiniLM and BERT-base, with 16, 128 and 8 × 128 tokens.
    public static let all: [PerformanceCase] =
        [(384, 12), (768, 12)].flatMap { width, heads in
            [(16, 1), (128, 1), (128, 8)].flatMap { tokens, batch in
                let rows = tokens * batch
                return [
                    linear(rows, width, 3 * width, nil), linear(rows, width, 4 * width, .gelu),
                    linear(rows, 4 * width, width, nil), attention(tokens, batch, width, heads),
                    layerNorm(rows, width),
                ]
            }
        } + [matmul(128, 384, 384), matmul(512, 64, 512), softmax(1_536, 128), activation(1_024, 3_072)]

    /// Returns numbers distributed uniformly over −1…1.
    private static func operand(_ backend: any ComputeBackend, _ shape: Shape) throws -> Tensor {
        var numbers = Numbers(seed: UInt64(shape.elementCount))
        return try backend.constant(
            (0..<shape.elementCount).map { _ in Float(numbers.next() >> 40) / 0x1p23 - 1 }, shape: shape)
    }

    private static func matmul(_ m: Int, _ k: Int, _ n: Int) -> PerformanceCase {
        PerformanceCase(
            operation: .matmul, name: "\(m)x\(k) · \(k)x\(n)", floatingPointOperations: 2 * Double(m * k * n)
        ) { backend in
            let (a, b) = (try operand(backend, [m, k]), try operand(backend, [k, n]))
            return { _ = try backend.matmul(a, b, transposeA: false, transposeB: false, scale: 1) }
        }
    }

    private static func linear(_ m: Int, _ k: Int, _ n: Int, _ activation: LinearActivation?) -> PerformanceCase {
        PerformanceCase(
            operation: .linear, name: "\(m)x\(k) → \(n)" + (activation.map { ", \($0)" } ?? ""),
            floatingPointOperations: 2 * Double(m * k * n)
        ) { backend in
            let weights = try backend.prepareLinear(weight: operand(backend, [n, k]), bias: operand(backend, [n]))
            let x = try operand(backend, [m, k])
            return { _ = try backend.linear(x, weights, activation: activation, residual: nil) }
        }
    }

    private static func attention(_ tokens: Int, _ batch: Int, _ width: Int, _ heads: Int) -> PerformanceCase {
        PerformanceCase(
            operation: .attention, name: "\(batch) × \(tokens) tokens, \(heads) heads of \(width / heads)",
            floatingPointOperations: 4 * Double(batch * tokens * tokens * width)
        ) { backend in
            let x = try operand(backend, [batch * tokens, 3 * width])
            let options = AttentionOptions(
                heads: heads, scale: 1 / Float(width / heads).squareRoot(),
                sequences: try PackedSequences(lengths: Array(repeating: tokens, count: batch)))
            return { _ = try backend.attention(.fused(x), options) }
        }
    }

    private static func layerNorm(_ rows: Int, _ width: Int) -> PerformanceCase {
        // Sum, difference, square, sum, quotient, gain, shift, residual.
        PerformanceCase(
            operation: .layerNorm, name: "\(rows)x\(width), residual", floatingPointOperations: 8 * Double(rows * width)
        ) { backend in
            let (x, residual) = (try operand(backend, [rows, width]), try operand(backend, [rows, width]))
            let weights = LayerNormWeights(
                weight: try operand(backend, [width]), bias: try operand(backend, [width]), epsilon: 1e-12)
            return { _ = try backend.layerNorm(x, residual: residual, weights) }
        }
    }

    private static func softmax(_ rows: Int, _ width: Int) -> PerformanceCase {
        // Maximum, difference, exponential, sum, quotient.
        PerformanceCase(
            operation: .softmax, name: "\(rows)x\(width)", floatingPointOperations: 5 * Double(rows * width)
        ) { backend in
            let x = try operand(backend, [rows, width])
            return { _ = try backend.softmax(x, mask: nil, scale: 1) }
        }
    }

    private static func activation(_ rows: Int, _ width: Int) -> PerformanceCase {
        // Two products, a sum and the error function.
        PerformanceCase(
            operation: .activation, name: "\(rows)x\(width), gelu", floatingPointOperations: 4 * Double(rows * width)
        ) { backend in
            let x = try operand(backend, [rows, width])
            return { _ = try backend.activation(.gelu, x) }
        }
    }

    /// Measures the speed of the call on a backend.
    ///
    /// - Parameters:
    ///   - backend: The backend to measure.
    ///   - least: The minimum duration. At least five calls are made, after a warm-up call.
    /// - Returns: The median in floating-point operations per second.
    public func measure(on backend: any ComputeBackend, least: Duration = .milliseconds(100)) throws -> Double {
        let call = try prepare(backend)
        try call()
        let clock = ContinuousClock()
        var times: [Double] = []
        let begin = clock.now
        while times.count < 5 || clock.now - begin < least {
            let start = clock.now
            try call()
            times.append((clock.now - start) / .seconds(1))
        }
        times.sort()
        return floatingPointOperations / max(times[times.count / 2], 1e-9)
    }
}

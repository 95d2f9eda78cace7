public import BertCore
package import CBertKernels

/// What the processor can do at most: multiplications and additions a second, on registers alone, with its best
/// instructions for a precision. No product of matrices on these threads exceeds it.
public struct ComputePeak: Sendable {
    /// The precision of the operands.
    public let precision: Precision
    /// How many threads computed at a time.
    public let threads: Int
    /// Multiplications and additions a second of all threads.
    public let operationsPerSecond: Double

    /// Measures for about a fifth of a second; of several turns the best counts.
    public static func measured(in precision: Precision, on workers: WorkerPool) throws -> ComputePeak {
        let clock = ContinuousClock()
        let type = precision.productType
        // A turn of a few milliseconds, however fast the processor is.
        var (steps, turn) = (Int64(1 << 10), Duration.zero)
        while turn < .milliseconds(4) {
            steps *= 2
            turn = clock.measure { _ = bert_peak(type, steps) }
        }
        let count = steps
        var best = 0.0
        for _ in 0..<16 {
            let start = clock.now
            let operations = try workers.map(workers.threads) { _ in bert_peak(type, count) }
            best = max(best, Double(operations.reduce(0, +)) / ((clock.now - start) / .seconds(1)))
        }
        return ComputePeak(precision: precision, threads: workers.threads, operationsPerSecond: best)
    }
}

extension Precision {
    /// How the kernels call it.
    package var productType: bert_product_type {
        switch self {
        case .float32: BERT_PRODUCT_FLOAT32
        case .bfloat16: BERT_PRODUCT_BFLOAT16
        case .int8: BERT_PRODUCT_INT8
        }
    }
}

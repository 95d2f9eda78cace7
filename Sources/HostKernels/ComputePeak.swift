public import BertCore
package import CBertKernels

/// The peak performance of the processor: multiplications and additions per second on registers, with the best
/// instructions for a precision. It is an upper bound for matrix products with the same number of threads.
public struct ComputePeak: Sendable {
    /// The precision of the operands.
    public let precision: Precision
    /// The number of threads.
    public let threads: Int
    /// The multiplications and additions per second of all threads.
    public let operationsPerSecond: Double

    /// Measures the peak performance for about a fifth of a second, and returns the best of several runs.
    public static func measured(in precision: Precision, on workers: WorkerPool) throws -> ComputePeak {
        let clock = ContinuousClock()
        let type = precision.productType
        // A run takes a few milliseconds, regardless of the processor.
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
    /// The kernels' constant for the precision.
    package var productType: bert_product_type {
        switch self {
        case .float32: BERT_PRODUCT_FLOAT32
        case .bfloat16: BERT_PRODUCT_BFLOAT16
        case .int8: BERT_PRODUCT_INT8
        }
    }
}

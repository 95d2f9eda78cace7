#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The losses of examples, in double precision.
enum EvaluationLoss {
    /// Returns −log softmax(logits)[label].
    static func crossEntropy(_ logits: ArraySlice<Float>, _ label: Int) -> Double {
        let greatest = Double(logits.max() ?? 0)
        let sum = logits.reduce(0.0) { $0 + exp(Double($1) - greatest) }
        return log(sum) + greatest - Double(logits[logits.startIndex + label])
    }

    /// Returns the mean binary cross-entropy of sigmoid(logits) and targets.
    static func binaryCrossEntropy(_ logits: ArraySlice<Float>, _ targets: [Float]) -> Double {
        zip(logits, targets).reduce(0.0) { sum, pair in
            let (x, y) = (Double(pair.0), Double(pair.1))
            return sum + max(x, 0) - x * y + log1p(exp(-abs(x)))
        } / Double(max(targets.count, 1))
    }

    /// Returns the mean squared error.
    static func meanSquaredError(_ values: ArraySlice<Float>, _ targets: [Float]) -> Double {
        zip(values, targets).reduce(0.0) { sum, pair in
            let difference = Double(pair.0) - Double(pair.1)
            return sum + difference * difference
        } / Double(max(targets.count, 1))
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Exact confidence bounds of a probability from a number of trials (Clopper & Pearson 1934).
public enum ClopperPearson {
    /// Returns the upper bound of the probability at the given confidence. This is the p for which the probability of
    /// at most `count` successes is 1 − confidence.
    ///
    /// - Parameters:
    ///   - count: The number of successes, from 0 to `trials`.
    ///   - trials: The number of trials. The bound is 1 without trials.
    ///   - confidence: A confidence level between 0 and 1.
    public static func upperBound(_ count: Int, of trials: Int, confidence: Double) -> Double {
        guard count < trials else { return 1 }
        // P(X ≤ count | p) = I(1 − p; trials − count, count + 1), which decreases as p increases.
        let (a, b) = (Double(trials - count), Double(count + 1))
        var (low, high) = (0.0, 1.0)
        while true {
            let middle = (low + high) / 2
            guard middle > low, middle < high else { return high }
            if incompleteBeta(1 - middle, a, b) > 1 - confidence { low = middle } else { high = middle }
        }
    }

    /// Returns the number of trials without a success for which the upper bound doesn't exceed `limit`.
    public static func trialsNeeded(limit: Double, confidence: Double) -> Int {
        guard limit < 1 else { return 0 }
        return Int((log(1 - confidence) / log1p(-limit)).rounded(.up))
    }

    /// Returns the regularized incomplete beta function I(x; a, b), computed from its continued fraction (Abramowitz &
    /// Stegun 26.5.8) with Lentz's method.
    private static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        if x <= 0 { return 0 }
        if x >= 1 { return 1 }
        // The fraction converges quickly below the mean.
        return x <= (a + 1) / (a + b + 2) ? fraction(x, a, b) : 1 - fraction(1 - x, b, a)
    }

    private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
        let tiny = 1e-300
        var (c, d) = (1.0, 1 - (a + b) * x / (a + 1))
        d = 1 / (d.magnitude < tiny ? tiny : d)
        var fraction = d
        for step in 1...100_000 {
            let m = Double(step)
            func next(_ coefficient: Double) -> Double {
                d = 1 + coefficient * d
                d = 1 / (d.magnitude < tiny ? tiny : d)
                c = 1 + coefficient / c
                if c.magnitude < tiny { c = tiny }
                fraction *= c * d
                return c * d
            }
            _ = next(m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)))
            let change = next(-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)))
            if (change - 1).magnitude < 1e-15 { break }
        }
        return front * fraction
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension RotaryDesign {
    /// Creates rotary embeddings with GTE's NTK-aware scaling (`NTKScalingRotaryEmbedding` by Alibaba-NLP).
    ///
    /// The base is theta · factor, and each frequency is divided by factor^(2/d). With `mixed`, the frequencies are
    /// theta^(−2j/d) / exp(a · (j + 1)^mixed) with a = ln factor / (d/2)^mixed.
    init(theta: Double, headSize: Int, positions: Int, ntkFactor factor: Double, mixed: Double?) {
        guard let mixed else {
            let plain = RotaryDesign(theta: theta * factor, headSize: headSize, positions: positions)
            let shrink = pow(factor, 2 / Double(headSize))
            self.init(frequencies: plain.frequencies.map { $0 / shrink }, positions: positions)
            return
        }
        let plain = RotaryDesign(theta: theta, headSize: headSize, positions: positions)
        let rate = log(factor) / pow(Double(headSize / 2), mixed)
        self.init(
            frequencies: plain.frequencies.enumerated().map {
                $0.element / exp(rate * pow(Double($0.offset + 1), mixed))
            },
            positions: positions)
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension RotaryDesign {
    /// NTK-aware scaling as GTE has it: base theta · factor, each frequency divided by factor^(2/d); with `mixed`, theta^(−2j/d) /
    /// exp(a · (j + 1)^mixed) where a = ln factor / (d/2)^mixed (Alibaba-NLP's `NTKScalingRotaryEmbedding`).
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

import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Oracle {
    /// Returns the sixteen bits of each element of a dropout, from the definition of Philox 4×32 (Salmon et al., 2011).
    static func dropoutBits(_ count: Int, seed: UInt64, step: UInt32, site: UInt32) -> [UInt32] {
        (0..<(count + 7) / 8).flatMap { block -> [UInt32] in
            var c: [UInt64] = [UInt64(block), UInt64(site), UInt64(step), 4]
            var k: [UInt64] = [seed & 0xFFFF_FFFF, seed >> 32]
            for _ in 0..<10 {
                let (a, b) = (c[0] * 0xD251_1F53, c[2] * 0xCD9E_8D57)
                c = [
                    (b >> 32) ^ c[1] ^ k[0], b & 0xFFFF_FFFF, (a >> 32) ^ c[3] ^ k[1], a & 0xFFFF_FFFF,
                ]
                k = [(k[0] + 0x9E37_79B9) & 0xFFFF_FFFF, (k[1] + 0xBB67_AE85) & 0xFFFF_FFFF]
            }
            return (0..<min(8, count - 8 * block)).map { UInt32(c[$0 / 2] >> ($0 % 2 == 0 ? 0 : 16) & 0xFFFF) }
        }
    }

    /// Returns the factors of elements.
    static func dropout(_ count: Int, _ dropout: Dropout) -> [Double] {
        let threshold = min(65_535, (Double(dropout.rate) * 65_536).rounded())
        return dropoutBits(count, seed: dropout.seed, step: dropout.step, site: dropout.site).map {
            Double($0) < threshold ? 0 : 65_536 / (65_536 - threshold)
        }
    }

    /// Returns the loss of each row.
    static func crossEntropy(_ logits: Values, _ labels: [Int], _ options: CrossEntropyOptions) -> Values {
        Values([logits.rowCount]) { row in
            guard labels[row] != Int(options.ignoredLabel) else { return 0 }
            let line = Array(logits.row(row))
            let greatest = line.reduce(-.infinity, Swift.max)
            let logSum = greatest + log(line.reduce(0) { $0 + exp($1 - greatest) })
            let logarithms = line.map { $0 - logSum }
            let smoothing = Double(options.smoothing)
            let mean = logarithms.reduce(0, +) / Double(line.count)
            return -(1 - smoothing) * logarithms[labels[row]] - smoothing * mean
        }
    }

    /// Performs a step of `torch.optim.AdamW`.
    static func adamW(
        _ p: Values, _ m: Values, _ v: Values, _ g: Values, learningRate: Double, betas: (Double, Double),
        epsilon: Double, weightDecay: Double, step: Int, gradientScale: Double
    ) -> (p: Values, m: Values, v: Values) {
        let g = g.map { $0 * gradientScale }
        let first = Values(p.shape) { betas.0 * m.elements[$0] + (1 - betas.0) * g.elements[$0] }
        let second = Values(p.shape) { betas.1 * v.elements[$0] + (1 - betas.1) * g.elements[$0] * g.elements[$0] }
        let (one, two) = (1 - pow(betas.0, Double(step)), 1 - pow(betas.1, Double(step)))
        let parameter = Values(p.shape) { index in
            let m = first.elements[index] / one
            let v = second.elements[index] / two
            return p.elements[index] * (1 - learningRate * weightDecay) - learningRate * m / (v.squareRoot() + epsilon)
        }
        return (parameter, first, second)
    }
}

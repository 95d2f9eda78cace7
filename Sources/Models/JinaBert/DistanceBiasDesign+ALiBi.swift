import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension DistanceBiasDesign {
    /// ALiBi for encoders (Press et al. 2022; symmetric, as JinaBERT has it): a head's scores fall by its slope for each token
    /// between query and key.
    ///
    /// - Parameter positions: how many positions there are.
    static func linear(heads: Int, positions: Int) -> DistanceBiasDesign {
        let (reach, slopes) = (max(positions - 1, 0), slopes(heads: heads))
        return DistanceBiasDesign(key: "alibi.\(reach).\(slopes)") { loader, _ in
            let values = slopes.flatMap { slope in (-reach...reach).map { Float(-slope * Double($0.magnitude)) } }
            return try loader.backend.constant(values, shape: [slopes.count, 2 * reach + 1])
        }
    }

    /// The slopes of the paper: 2^(−8(h+1)/n) for n heads where n is a power of two; otherwise those of the next lower power
    /// p, and then every second one of 2p's.
    static func slopes(heads: Int) -> [Double] {
        func geometric(_ count: Int) -> [Double] { (1...count).map { exp2(-8 * Double($0) / Double(count)) } }
        guard heads > 0 else { return [] }
        let lower = 1 << (Int.bitWidth - 1 - heads.leadingZeroBitCount)
        let further =
            lower == heads ? [] : geometric(2 * lower).enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        return geometric(lower) + further.prefix(heads - lower)
    }
}

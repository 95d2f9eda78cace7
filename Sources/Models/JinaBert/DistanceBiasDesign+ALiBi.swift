import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension DistanceBiasDesign {
    /// Returns the ALiBi bias for encoders (Press et al. 2022), in the symmetric form of JinaBERT: the scores of a head
    /// decrease by its slope per token between query and key.
    ///
    /// - Parameter positions: The number of positions.
    static func linear(heads: Int, positions: Int) -> DistanceBiasDesign {
        let (reach, slopes) = (max(positions - 1, 0), slopes(heads: heads))
        return DistanceBiasDesign(key: "alibi.\(reach).\(slopes)") { loader, _ in
            let values = slopes.flatMap { slope in (-reach...reach).map { Float(-slope * Double($0.magnitude)) } }
            return try loader.backend.constant(values, shape: [slopes.count, 2 * reach + 1])
        }
    }

    /// Returns the slopes of the paper: 2^(−8(h+1)/n) for n heads if n is a power of two. Otherwise they are the slopes
    /// for the next lower power p, followed by every second slope for 2p.
    static func slopes(heads: Int) -> [Double] {
        func geometric(_ count: Int) -> [Double] { (1...count).map { exp2(-8 * Double($0) / Double(count)) } }
        guard heads > 0 else { return [] }
        let lower = 1 << (Int.bitWidth - 1 - heads.leadingZeroBitCount)
        let further =
            lower == heads ? [] : geometric(2 * lower).enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        return geometric(lower) + further.prefix(heads - lower)
    }
}

import BertCore

/// A generator of numbers for cases. A seed gives the same numbers on all machines.
struct Numbers {
    private var bits: SplitMix64

    init(seed: UInt64) { bits = SplitMix64(seed: seed) }

    /// Creates a generator with a case-specific seed, so that cases can be run individually.
    init(seed: UInt64, for id: String) {
        // FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/
        let hash = id.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        self.init(seed: seed ^ hash)
    }

    mutating func next() -> UInt64 { bits.next() }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(limit, 1))) }

    /// Returns numbers distributed uniformly over −1…1, times `scale`, that float32 can represent.
    mutating func spread(_ shape: Shape, scale: Double = 1) -> Values {
        Values(shape) { _ in Double(Float((Double(next() >> 40) / 0x1p23 - 1) * scale)) }
    }

    /// Returns nonzero integers from −4 to 4. Sums of thousands of their products are exact in float32, and every term
    /// contributes.
    mutating func whole(_ shape: Shape) -> Values {
        Values(shape) { _ in
            let magnitude = Double(1 + next() % 4)
            return next() & 1 == 0 ? magnitude : -magnitude
        }
    }

    mutating func indices(_ count: Int, below limit: Int) -> Values {
        Values([count]) { _ in Double(below(limit)) }
    }

    /// Returns a random permutation of the numbers below `count`.
    mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        for i in stride(from: count - 1, to: 0, by: -1) { order.swapAt(i, below(i + 1)) }
        return order
    }
}

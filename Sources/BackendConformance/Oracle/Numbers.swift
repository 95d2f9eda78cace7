import BertCore

/// A generator of numbers for cases. A seed gives the same numbers on all machines.
struct Numbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// Creates a generator with a case-specific seed, so that cases can be run individually.
    init(seed: UInt64, for id: String) {
        // FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/
        let hash = id.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        self.init(seed: seed ^ hash)
    }

    mutating func next() -> UInt64 {
        // SplitMix64, https://prng.di.unimi.it/splitmix64.c
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

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

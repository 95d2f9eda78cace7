/// Which elements training leaves out (Srivastava et al., "Dropout", 2014): a function of a key and of an element's place in
/// row-major order, so that a backward pass needs no memory of it and every backend drops the same ones.
///
/// Eight elements share a block of Philox 4×32-10 with the seed as its key and (place / 8, site, step, 4) as its counter;
/// each takes sixteen bits of it, the low half of a word first. It is dropped if they are less than round(65,536 · rate), which
/// decides the share that is dropped exactly: the others are multiplied by its inverse, so that their mean stays.
public struct Dropout: Sendable, Hashable {
    /// The share of elements that become 0: from 0 up to, but without, 1.
    public var rate: Float
    /// The seed of a run.
    public var seed: UInt64
    /// The step of a run.
    public var step: UInt32
    /// The place in the model: no two calls of a step have the same.
    public var site: UInt32

    /// The elements that are dropped at a place in a step of a run.
    public init(rate: Float, seed: UInt64, step: UInt32, site: UInt32) {
        self.rate = rate
        self.seed = seed
        self.step = step
        self.site = site
    }

    /// An element with sixteen bits below this is dropped.
    public var threshold: UInt32 { UInt32(min(65_535, (rate * 65_536).rounded())) }

    /// What the elements that stay are multiplied by.
    public var factor: Float { 65_536 / Float(65_536 - threshold) }

    /// What the elements at these places are multiplied by: 0 or ``factor``.
    public func factors(_ places: Range<Int>) -> [Float] {
        let (threshold, factor) = (threshold, factor)
        let numbers = Philox(seed: seed, .dropout)
        return [Float](unsafeUninitializedCapacity: places.count) { factors, count in
            count = places.count
            var place = places.lowerBound
            while place < places.upperBound {
                let block = numbers.block(UInt32(truncatingIfNeeded: place / 8), site, step)
                repeat {
                    let bits = block[place % 8 / 2] >> (place % 2 == 0 ? 0 : 16) & 0xFFFF
                    factors[place - places.lowerBound] = bits < threshold ? 0 : factor
                    place += 1
                } while place < places.upperBound && place % 8 != 0
            }
        }
    }
}

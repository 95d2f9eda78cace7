/// The dropout (Srivastava et al., "Dropout", 2014) of one call.
///
/// Whether an element is dropped is a function of the seed, step and site and of its row-major index. So all backends
/// drop the same elements, and a backward pass needs no stored mask.
///
/// Eight elements share one block of Philox 4×32-10, with the seed as the key and (index / 8, site, step, 4) as the
/// counter. Each element takes sixteen bits, the low half of a word first, and is dropped if they are less than
/// round(65,536 · rate). The other elements are divided by the exact share that is kept, which preserves the mean.
public struct Dropout: Sendable, Hashable {
    /// The share of elements to drop, in 0..<1.
    public var rate: Float
    /// The seed of the run.
    public var seed: UInt64
    /// The step of the run.
    public var step: UInt32
    /// The call site in the model, unique within a step.
    public var site: UInt32

    /// Creates the dropout of one site in one step of a run.
    public init(rate: Float, seed: UInt64, step: UInt32, site: UInt32) {
        self.rate = rate
        self.seed = seed
        self.step = step
        self.site = site
    }

    /// Elements whose sixteen bits are below this value are dropped.
    public var threshold: UInt32 { UInt32(min(65_535, (rate * 65_536).rounded())) }

    /// The factor applied to the elements that are kept.
    public var factor: Float { 65_536 / Float(65_536 - threshold) }

    /// Returns the factors of the elements at the given indices: 0 or ``factor``.
    public func factors(_ places: Range<Int>) -> [Float] {
        let (threshold, factor) = (threshold, factor)
        let numbers = Philox(seed: seed, .dropout)
        return unsafe [Float](unsafeUninitializedCapacity: places.count) { factors, count in
            count = places.count
            var place = places.lowerBound
            while place < places.upperBound {
                let block = numbers.block(UInt32(truncatingIfNeeded: place / 8), site, step)
                repeat {
                    let bits = block[place % 8 / 2] >> (place % 2 == 0 ? 0 : 16) & 0xFFFF
                    unsafe factors[place - places.lowerBound] = bits < threshold ? 0 : factor
                    place += 1
                } while place < places.upperBound && place % 8 != 0
            }
        }
    }
}

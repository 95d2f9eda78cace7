import BertCore

/// The masking of tokens for masked language models, like `DataCollatorForLanguageModeling` of `transformers`.
///
/// The masked tokens depend only on seed, round, example and position.
struct Masking: Sendable {
    /// The share of tokens that are masked.
    var probability = 0.15
    let mask: Int32
    let vocabularySize: Int
    private let philox: Philox

    init(mask: Int32, vocabularySize: Int, seed: UInt64, probability: Double = 0.15) {
        self.mask = mask
        self.vocabularySize = vocabularySize
        self.probability = probability
        philox = Philox(seed: seed, .masking)
    }

    /// Returns the masked tokens and their labels. The labels are the original tokens, or −100 for tokens that aren't
    /// masked. Of the masked tokens, 80 % become the mask, 10 % a random token, and 10 % remain unchanged.
    ///
    /// - Parameters:
    ///   - round: The epoch. The same tokens are masked in the same round.
    ///   - example: The index of the example.
    ///   - special: 1 for tokens that are never masked.
    func hide(_ ids: [Int32], special: [UInt8], round: Int, example: Int) -> (ids: [Int32], labels: [Int32]) {
        var (hidden, labels) = (ids, [Int32](repeating: -100, count: ids.count))
        for place in ids.indices where special[place] == 0 {
            let numbers = philox.block(
                UInt32(truncatingIfNeeded: place), UInt32(truncatingIfNeeded: example),
                UInt32(truncatingIfNeeded: round))
            guard Self.unit(numbers[0]) < probability else { continue }
            labels[place] = ids[place]
            let choice = Self.unit(numbers[1])
            if choice < 0.8 {
                hidden[place] = mask
            } else if choice < 0.9 {
                hidden[place] = Int32(numbers[2].multipliedFullWidth(by: UInt32(vocabularySize)).high)
            }
        }
        return (hidden, labels)
    }

    private static func unit(_ number: UInt32) -> Double { Double(number) * 0x1p-32 }
}

import BertCore

/// Hides words for a masked language model to find: `DataCollatorForLanguageModeling` of `transformers`.
///
/// Which words are hidden depends on seed, round, example and place alone.
struct Masking: Sendable {
    /// The share of tokens that are hidden.
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

    /// The tokens with some hidden, and what they were; −100 for the others. Of the hidden ones 80 % are the mask, 10 %
    /// another token, 10 % themselves.
    ///
    /// - Parameters:
    ///   - round: the epoch; the same one hides the same words.
    ///   - example: the example's index.
    ///   - special: 1 for tokens that are never hidden.
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

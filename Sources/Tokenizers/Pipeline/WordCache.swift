/// A cache of the tokens of words: a hash table with open addressing over flat memory, which is cleared when it is
/// full.
struct WordCache {
    private struct Slot {
        var hash: UInt64
        var key: UInt32
        var keyCount: UInt32
        var value: UInt32
        var valueCount: UInt32
    }

    private var slots: [Slot]
    private var keys: [UInt8] = []
    private(set) var pieces: [Piece] = []
    private var count = 0
    /// The number of tokens at the end of `pieces` that don't belong to a cached word.
    private var overhang = 0

    /// The maximum length of cached words in bytes. Longer words are rare.
    static let longestWord = 128
    private static let mostWords = 1 << 16

    init() { slots = Self.empty(1 << 10) }

    private static func empty(_ count: Int) -> [Slot] {
        [Slot](repeating: Slot(hash: 0, key: 0, keyCount: 0, value: 0, valueCount: 0), count: count)
    }

    /// Returns the hash of a word, which is never 0.
    @inline(__always)
    static func hash(_ word: UnsafeBufferPointer<UInt8>) -> UInt64 {
        let bytes = UnsafeRawBufferPointer(word)
        var hash = UInt64(truncatingIfNeeded: bytes.count) &* 0x9E37_79B9_7F4A_7C15
        func mix(_ value: UInt64) {
            hash = (hash ^ value) &* 0xBF58_476D_1CE4_E5B9
            hash ^= hash >> 31
        }
        var i = 0
        while i + 8 <= bytes.count {
            mix(bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self))
            i += 8
        }
        var rest: UInt64 = 0
        while i < bytes.count {
            rest = rest << 8 | UInt64(bytes[i])
            i += 1
        }
        mix(rest)
        hash = hash &* 0x94D0_49BB_1331_11EB
        return (hash ^ hash >> 29) | 1
    }

    /// Returns the range of a word's tokens in `pieces`; nil if it isn't cached.
    @inline(__always)
    func find(_ word: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> Range<Int>? {
        slots.withUnsafeBufferPointer { slots in
            keys.withUnsafeBufferPointer { keys in
                let mask = slots.count - 1
                var index = Int(truncatingIfNeeded: hash >> 8) & mask
                while true {
                    let slot = slots[index]
                    if slot.hash == 0 { return nil }
                    if slot.hash == hash, Int(slot.keyCount) == word.count {
                        let start = Int(slot.key)
                        var i = 0
                        while i < word.count, keys[start + i] == word[i] { i += 1 }
                        if i == word.count {
                            return Int(slot.value)..<Int(slot.value) + Int(slot.valueCount)
                        }
                    }
                    index = (index + 1) & mask
                }
            }
        }
    }

    /// Adds a word that isn't cached, whose tokens `split` appends, and returns their range.
    mutating func add(
        _ word: UnsafeBufferPointer<UInt8>, _ hash: UInt64, _ split: (inout [Piece]) -> Void
    ) -> Range<Int> {
        pieces.removeLast(overhang)
        overhang = 0
        if word.count > Self.longestWord {
            // The tokens are kept until the next word is added.
            let start = pieces.count
            split(&pieces)
            overhang = pieces.count - start
            return start..<pieces.count
        }
        if count * 2 >= slots.count { grow() }
        let start = pieces.count
        split(&pieces)
        insert(
            Slot(
                hash: hash, key: UInt32(truncatingIfNeeded: keys.count),
                keyCount: UInt32(truncatingIfNeeded: word.count), value: UInt32(truncatingIfNeeded: start),
                valueCount: UInt32(truncatingIfNeeded: pieces.count - start)))
        keys.append(contentsOf: word)
        count += 1
        return start..<pieces.count
    }

    private mutating func insert(_ slot: Slot) {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: slot.hash >> 8) & mask
        while slots[index].hash != 0 { index = (index + 1) & mask }
        slots[index] = slot
    }

    private mutating func grow() {
        if count >= Self.mostWords {
            slots = Self.empty(1 << 10)
            keys.removeAll()
            pieces.removeAll()
            count = 0
            return
        }
        let old = slots
        slots = Self.empty(old.count * 2)
        for slot in old where slot.hash != 0 { insert(slot) }
    }
}

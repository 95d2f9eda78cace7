/// The properties of code points as Hugging Face `tokenizers` has them, in a two-stage table unpacked once per process.
struct UnicodeTable: @unchecked Sendable {
    // Sendable because the memory is written by `init` only. It is never freed: there is one table, `shared`.
    private let blocks: UnsafePointer<UInt16>
    private let entries: UnsafePointer<UInt32>
    private let mappings: UnsafePointer<UInt32>

    /// The one table.
    static let shared = UnicodeTable(packed: data)

    private static let blockBits = 7
    private static let blockSize = 1 << blockBits
    private static let codePoints: UInt32 = 0x110000

    /// The properties of one code point.
    struct Entry {
        /// Flags in bits 0–7, combining class in bits 8–15, place of the mappings (0 for none) in bits 16–31.
        fileprivate let bits: UInt32

        /// Dropped when the text is cleaned: control and format characters, private use, U+0000 and U+FFFD.
        var isRemoved: Bool { bits & 1 != 0 }
        /// White space, which parts words.
        var isWhitespace: Bool { bits & 2 != 0 }
        /// Punctuation, each of which is a word of its own.
        var isPunctuation: Bool { bits & 4 != 0 }
        /// A CJK ideograph, which is a word of its own where BERT's normalizer says so.
        var isChinese: Bool { bits & 8 != 0 }
        /// A nonspacing mark (Mn), which the stripping of accents drops.
        var isMark: Bool { bits & 16 != 0 }
        /// Whether `\w` of a regular expression matches.
        var isWord: Bool { bits & 32 != 0 }
        /// Whether the code point is a letter or a symbol that no step of BERT's normalizer changes or moves.
        var isInert: Bool { bits & ~32 == 0 }
        /// Whether the scalar separates words.
        var isBoundary: Bool { bits & 6 != 0 }
        /// The canonical combining class: 0 for a starter.
        var combiningClass: UInt8 { UInt8(truncatingIfNeeded: bits >> 8) }
        /// Whether there is a decomposition or a lower case.
        var hasMapping: Bool { bits >> 16 != 0 }
    }

    /// The properties of `scalar`.
    subscript(scalar: UInt32) -> Entry {
        @inline(__always) get {
            guard scalar < Self.codePoints else { return Entry(bits: 0) }
            let block = Int(blocks[Int(scalar >> Self.blockBits)])
            return Entry(bits: entries[block << Self.blockBits | Int(scalar) & (Self.blockSize - 1)])
        }
    }

    /// The full canonical decomposition: empty where the scalar has none, and for Hangul syllables, which are arithmetic.
    @inline(__always)
    func decomposition(_ entry: Entry) -> UnsafeBufferPointer<UInt32> {
        let place = mappings + Int(entry.bits >> 16)
        return UnsafeBufferPointer(start: place + 1, count: Int(place.pointee & 0xFF))
    }

    /// The lower case, of one or more scalars: empty where it is the scalar itself.
    @inline(__always)
    func lowercase(_ entry: Entry) -> UnsafeBufferPointer<UInt32> {
        let place = mappings + Int(entry.bits >> 16)
        return UnsafeBufferPointer(start: place + 1 + Int(place.pointee & 0xFF), count: Int(place.pointee >> 8))
    }

    private init(packed: StaticString) {
        var reader = DigitReader(packed)
        var blocks: [UInt16] = []
        blocks.reserveCapacity(Int(Self.codePoints) >> Self.blockBits)
        var entries: [UInt32] = []
        // Blocks of one value all through are shared; they are most of them.
        var uniform: [UInt32: UInt16] = [:]
        var open: [UInt32] = []
        for _ in 0..<reader.next() {
            var length = Int(reader.next())
            let bits = reader.next() | reader.next() << 8
            while length > 0 {
                if open.isEmpty, length >= Self.blockSize {
                    let block = uniform[bits] ?? UInt16(entries.count >> Self.blockBits)
                    if uniform.updateValue(block, forKey: bits) == nil {
                        entries.append(contentsOf: repeatElement(bits, count: Self.blockSize))
                    }
                    let repeats = length >> Self.blockBits
                    blocks.append(contentsOf: repeatElement(block, count: repeats))
                    length -= repeats << Self.blockBits
                    continue
                }
                let part = min(length, Self.blockSize - open.count)
                open.append(contentsOf: repeatElement(bits, count: part))
                length -= part
                if open.count == Self.blockSize {
                    blocks.append(UInt16(entries.count >> Self.blockBits))
                    entries.append(contentsOf: open)
                    open.removeAll(keepingCapacity: true)
                }
            }
        }
        // Place 0 means no mapping.
        var mappings: [UInt32] = [0]
        var scalar: UInt32 = 0
        for _ in 0..<reader.next() {
            scalar += reader.next()
            let decomposed = reader.next()
            let lowered = reader.next()
            var block = Int(blocks[Int(scalar >> Self.blockBits)])
            if uniform.values.contains(UInt16(block)) {
                // A mapping needs a block of its own.
                let shared = block << Self.blockBits
                block = entries.count >> Self.blockBits
                entries.append(contentsOf: entries[shared..<shared + Self.blockSize])
                blocks[Int(scalar >> Self.blockBits)] = UInt16(block)
            }
            entries[block << Self.blockBits | Int(scalar) & (Self.blockSize - 1)] |= UInt32(mappings.count) << 16
            mappings.append(decomposed | lowered << 8)
            for _ in 0..<decomposed + lowered { mappings.append(reader.next()) }
        }
        self.blocks = Self.keep(blocks)
        self.entries = Self.keep(entries)
        self.mappings = Self.keep(mappings)
    }

    private static func keep<T>(_ array: [T]) -> UnsafePointer<T> {
        let memory = UnsafeMutablePointer<T>.allocate(capacity: array.count)
        for (index, value) in array.enumerated() { (memory + index).initialize(to: value) }
        return UnsafePointer(memory)
    }
}

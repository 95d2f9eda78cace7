/// The Unicode properties used by Hugging Face `tokenizers`, in a two-stage table that is unpacked once per process.
struct UnicodeTable: @unchecked Sendable {
    // Sendable because the memory is written only by `init`. It is never freed, because `shared` is the only instance.
    private let blocks: UnsafePointer<UInt16>
    private let entries: UnsafePointer<UInt32>
    private let mappings: UnsafePointer<UInt32>

    /// The shared instance.
    static let shared = UnicodeTable(packed: data)

    private static let blockBits = 7
    private static let blockSize = 1 << blockBits
    private static let codePoints: UInt32 = 0x110000

    /// The properties of a code point.
    struct Entry {
        /// Flags in bits 0–7, the combining class in bits 8–15, and the location of the mappings (0 for none) in bits
        /// 16–31.
        fileprivate let bits: UInt32

        /// Whether cleaning removes the code point: control and format characters, private use, U+0000 and U+FFFD.
        var isRemoved: Bool { bits & 1 != 0 }
        /// Whether the code point is white space, which separates words.
        var isWhitespace: Bool { bits & 2 != 0 }
        /// Whether the code point is punctuation, which forms a word of its own.
        var isPunctuation: Bool { bits & 4 != 0 }
        /// Whether the code point is a CJK ideograph, which BERT's normalizer can make a word of its own.
        var isChinese: Bool { bits & 8 != 0 }
        /// Whether the code point is a nonspacing mark (Mn), which is removed with accents.
        var isMark: Bool { bits & 16 != 0 }
        /// Whether `\w` in a regular expression matches.
        var isWord: Bool { bits & 32 != 0 }
        /// Whether no step of BERT's normalizer changes or moves the code point.
        var isInert: Bool { bits & ~32 == 0 }
        /// Whether the code point separates words.
        var isBoundary: Bool { bits & 6 != 0 }
        /// The canonical combining class; 0 for a starter.
        var combiningClass: UInt8 { UInt8(truncatingIfNeeded: bits >> 8) }
    }

    /// The properties of `scalar`.
    subscript(scalar: UInt32) -> Entry {
        @inline(__always) get {
            guard scalar < Self.codePoints else { return Entry(bits: 0) }
            let block = Int(blocks[Int(scalar >> Self.blockBits)])
            return Entry(bits: entries[block << Self.blockBits | Int(scalar) & (Self.blockSize - 1)])
        }
    }

    /// Returns the full canonical decomposition. Empty if there is none, and for Hangul syllables, which are decomposed
    /// arithmetically.
    @inline(__always)
    func decomposition(_ entry: Entry) -> UnsafeBufferPointer<UInt32> {
        let place = mappings + Int(entry.bits >> 16)
        return UnsafeBufferPointer(start: place + 1, count: Int(place.pointee & 0xFF))
    }

    /// Returns the lower-case mapping, one or more scalars. Empty if it is the scalar itself.
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
        // Blocks with a single value are shared; most of them are.
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
        // Location 0 means no mapping.
        var mappings: [UInt32] = [0]
        var scalar: UInt32 = 0
        for _ in 0..<reader.next() {
            scalar += reader.next()
            let decomposed = reader.next()
            let lowered = reader.next()
            var block = Int(blocks[Int(scalar >> Self.blockBits)])
            if uniform.values.contains(UInt16(block)) {
                // A block with mappings can't be shared.
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

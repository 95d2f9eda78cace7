/// The Unicode properties that components of `tokenizer.json` use: character classes, compatibility decompositions and
/// compositions.
struct UnicodeClasses: @unchecked Sendable {
    // Sendable because the memory is written only by `init`. It is never freed, because `shared` is the only instance.
    private let blocks: UnsafePointer<UInt16>
    private let entries: UnsafePointer<UInt16>
    /// The scalars with a compatibility decomposition in ascending order, with their locations in `mappings`.
    private let decomposed: [(scalar: UInt32, start: UInt32, count: UInt32)]
    private let mappings: UnsafePointer<UInt32>
    /// The first scalar in the upper half and the second in the lower half, in ascending order.
    private let pairs: [UInt64]
    private let composites: [UInt32]

    /// The shared instance.
    static let shared = UnicodeClasses(packed: data)

    private static let blockBits: UInt32 = 7
    private static let codePoints: UInt32 = 0x110000

    /// The classes of a code point.
    struct Flags: OptionSet, Hashable {
        let rawValue: UInt16
        /// Matched by `\p{L}`.
        static let letter = Flags(rawValue: 1)
        /// Matched by `\p{N}`.
        static let number = Flags(rawValue: 2)
        /// Matched by `\s`: white space.
        static let space = Flags(rawValue: 4)
        /// Matched by `\w`.
        static let word = Flags(rawValue: 8)
        /// Matched by `\d`.
        static let digit = Flags(rawValue: 16)
        /// A digit for the pre-tokenizer `Digits`.
        static let numeric = Flags(rawValue: 32)
        /// Removed by the normalizer `StripAccents`.
        static let combining = Flags(rawValue: 64)
        /// Has a compatibility decomposition that differs from the canonical one.
        static let isCompatible = Flags(rawValue: 128)
        /// Can be composed with a preceding scalar.
        static let composes = Flags(rawValue: 256)
    }

    /// The classes of `scalar`.
    subscript(scalar: UInt32) -> Flags {
        @inline(__always) get {
            guard scalar < Self.codePoints else { return [] }
            let block = Int(blocks[Int(scalar >> Self.blockBits)])
            return Flags(rawValue: entries[block << Int(Self.blockBits) | Int(scalar & (1 << Self.blockBits - 1))])
        }
    }

    /// Returns the full compatibility decomposition of a scalar with the flag `isCompatible`.
    func compatibilityDecomposition(_ scalar: UInt32) -> UnsafeBufferPointer<UInt32> {
        let index = Self.lowerBound(decomposed.count) { decomposed[$0].scalar < scalar }
        guard index < decomposed.count, decomposed[index].scalar == scalar else { return .init(start: nil, count: 0) }
        return UnsafeBufferPointer(
            start: mappings + Int(decomposed[index].start), count: Int(decomposed[index].count))
    }

    /// Returns the scalar that is canonically equivalent to the two, if there is one.
    func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
        guard self[second].contains(.composes) else { return nil }
        // Hangul syllables are composed arithmetically (The Unicode Standard, section 3.12).
        if first &- 0x1100 < 19, second &- 0x1161 < 21 {
            return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28
        }
        if first &- 0xAC00 < 11172, (first - 0xAC00) % 28 == 0, second &- 0x11A8 < 27 {
            return first + second - 0x11A7
        }
        let pair = UInt64(first) << 32 | UInt64(second)
        let index = Self.lowerBound(pairs.count) { pairs[$0] < pair }
        return index < pairs.count && pairs[index] == pair ? composites[index] : nil
    }

    private static func lowerBound(_ count: Int, _ isBelow: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBelow(middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private init(packed: StaticString) {
        var reader = DigitReader(packed)
        var flags = [UInt16](repeating: 0, count: Int(Self.codePoints))
        var position = 0
        for _ in 0..<reader.next() {
            let length = Int(reader.next())
            let value = UInt16(truncatingIfNeeded: reader.next())
            if value != 0 { for i in position..<position + length { flags[i] = value } }
            position += length
        }
        var decomposed: [(scalar: UInt32, start: UInt32, count: UInt32)] = []
        var mappings: [UInt32] = []
        var scalar: UInt32 = 0
        for _ in 0..<reader.next() {
            scalar += reader.next()
            let count = reader.next()
            decomposed.append((scalar, UInt32(mappings.count), count))
            flags[Int(scalar)] |= Flags.isCompatible.rawValue
            for _ in 0..<count { mappings.append(reader.next()) }
        }
        let compositions = (0..<reader.next()).map { _ in
            (UInt64(reader.next()) << 32 | UInt64(reader.next()), reader.next())
        }.sorted { $0.0 < $1.0 }
        for (pair, _) in compositions { flags[Int(pair & 0xFFFF_FFFF)] |= Flags.composes.rawValue }
        for second in [0x1161..<0x1176, 0x11A8..<0x11C3].joined() { flags[second] |= Flags.composes.rawValue }

        let size = 1 << Int(Self.blockBits)
        var known: [ArraySlice<UInt16>: UInt16] = [:]
        var blocks: [UInt16] = []
        var entries: [UInt16] = []
        for start in stride(from: 0, to: flags.count, by: size) {
            let block = flags[start..<start + size]
            let place = known[block] ?? UInt16(entries.count / size)
            if known.updateValue(place, forKey: block) == nil { entries += block }
            blocks.append(place)
        }
        self.blocks = Self.keep(blocks)
        self.entries = Self.keep(entries)
        self.decomposed = decomposed
        self.mappings = Self.keep(mappings)
        pairs = compositions.map(\.0)
        composites = compositions.map(\.1)
    }

    private static func keep<T>(_ array: [T]) -> UnsafePointer<T> {
        let memory = UnsafeMutablePointer<T>.allocate(capacity: max(array.count, 1))
        for (index, value) in array.enumerated() { (memory + index).initialize(to: value) }
        return UnsafePointer(memory)
    }
}

/// A mapping between tokens and ids: a hash table with open addressing over one flat buffer.
///
/// Keys are bytes, because `String` compares by canonical equivalence, and vocabularies don't.
public final class Vocabulary: @unchecked Sendable {
    // Sendable because the memory is written only by `init`.
    private let bytes: UnsafeMutablePointer<UInt8>
    private let starts: UnsafeMutablePointer<UInt32>
    /// The lengths by id; -1 for unused ids.
    private let lengths: UnsafeMutablePointer<Int32>
    /// The lower half of the hash in the upper half, and the id plus one in the lower half; 0 for an empty slot.
    private let slots: UnsafeMutablePointer<UInt64>
    private let slotMask: Int
    /// Added tokens, which are never parts of words.
    private let addedIDs: [[UInt8]: Int32]

    /// The number of tokens.
    public let count: Int
    /// The highest id plus one.
    public let idLimit: Int
    /// The length of the longest token in bytes.
    let longest: Int

    init(_ list: TokenList) throws(TokenizerError) {
        let ids = list.ids
        guard list.bytes.count <= Int(UInt32.max) else {
            throw TokenizerError(.malformedFile, "the vocabulary has more than 4 GB", file: list.source)
        }
        let highest = Int(ids.max() ?? -1)
        guard highest < ids.count * 16 + 4096 else {
            throw TokenizerError(
                .malformedFile, "the id \(highest) is too large for a vocabulary of \(ids.count) tokens",
                file: list.source, value: .int(highest), limit: .int(ids.count * 16 + 4095))
        }
        var slotCount = 16
        while slotCount < ids.count * 2 { slotCount *= 2 }
        count = ids.count
        let pieceCount = list.firstAdded ?? ids.count
        longest = zip([0] + list.ends, list.ends.prefix(pieceCount)).reduce(0) { max($0, $1.1 - $1.0) }
        addedIDs = Dictionary(
            (pieceCount..<ids.count).map { (Array(list.token(at: $0)), ids[$0]) },
            uniquingKeysWith: { first, _ in first })
        idLimit = highest + 1
        slotMask = slotCount - 1
        bytes = .allocate(capacity: max(list.bytes.count, 1))
        starts = .allocate(capacity: max(idLimit, 1))
        lengths = .allocate(capacity: max(idLimit, 1))
        slots = .allocate(capacity: slotCount)
        list.bytes.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { bytes.initialize(from: base, count: source.count) }
        }
        starts.initialize(repeating: 0, count: max(idLimit, 1))
        lengths.initialize(repeating: -1, count: max(idLimit, 1))
        slots.initialize(repeating: 0, count: slotCount)

        var start = 0
        for (index, end) in list.ends.enumerated() {
            let id = ids[index]
            defer { start = end }
            let token = UnsafeBufferPointer(start: bytes + start, count: end - start)
            let text = { String(decoding: token, as: UTF8.self) }
            guard id >= 0 else {
                throw TokenizerError(
                    .malformedFile, "the token \"\(text())\" has the negative id \(id)", file: list.source,
                    value: .int(Int(id)), limit: 0)
            }
            guard lengths[Int(id)] < 0 else {
                throw TokenizerError(
                    .malformedFile, "the tokens \"\(self.token(id) ?? "")\" and \"\(text())\" have the same id \(id)",
                    file: list.source, value: .int(Int(id)))
            }
            let hash = Self.hash(token)
            if let other = find(hash, where: { $0.elementsEqual(token) }) {
                throw TokenizerError(
                    .malformedFile, "the token \"\(text())\" occurs twice, with the ids \(other) and \(id)",
                    file: list.source, value: .string(text()))
            }
            starts[Int(id)] = UInt32(start)
            lengths[Int(id)] = Int32(end - start)
            if index >= pieceCount { continue }
            var slot = Self.slot(hash) & slotMask
            while slots[slot] != 0 { slot = (slot + 1) & slotMask }
            slots[slot] = hash << 32 | UInt64(id + 1)
        }
    }

    deinit {
        bytes.deallocate()
        starts.deallocate()
        lengths.deallocate()
        slots.deallocate()
    }

    /// Returns the id of a token, or nil.
    public func id(of token: String) -> Int32? {
        var token = token
        return token.withUTF8 { id(of: $0) }
    }

    /// Returns the id of the token with the given bytes, or nil.
    func id(of token: UnsafeBufferPointer<UInt8>) -> Int32? {
        find(Self.hash(token)) { $0.elementsEqual(token) } ?? (addedIDs.isEmpty ? nil : addedIDs[Array(token)])
    }

    /// Returns the id of a token that can be part of a word, which excludes added tokens.
    func id(ofWord token: UnsafeBufferPointer<UInt8>) -> Int32? {
        find(Self.hash(token)) { $0.elementsEqual(token) }
    }

    /// Returns the token with the given id, or nil.
    public func token(_ id: Int32) -> String? {
        utf8(id).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Returns the bytes of the token with the given id, or nil. They live as long as the vocabulary.
    func utf8(_ id: Int32) -> UnsafeBufferPointer<UInt8>? {
        guard id >= 0, Int(id) < idLimit, lengths[Int(id)] >= 0 else { return nil }
        return UnsafeBufferPointer(start: bytes + Int(starts[Int(id)]), count: Int(lengths[Int(id)]))
    }

    // MARK: Hashing

    // FNV-1a, because the hash of a word is computed incrementally from those of its prefixes, which longest-match
    // search needs.
    static let hashSeed: UInt64 = 0xCBF2_9CE4_8422_2325

    @inline(__always)
    static func extend(_ hash: UInt64, by byte: UInt8) -> UInt64 {
        (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }

    static func hash(_ token: UnsafeBufferPointer<UInt8>) -> UInt64 {
        token.reduce(hashSeed) { extend($0, by: $1) }
    }

    @inline(__always)
    private static func slot(_ hash: UInt64) -> Int {
        // The low bits of FNV are weak, and slots store the lower half.
        Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) >> 24)
    }

    /// Returns the id of the token with the given hash that satisfies `matches`.
    @inline(__always)
    func find(_ hash: UInt64, where matches: (UnsafeBufferPointer<UInt8>) -> Bool) -> Int32? {
        let tag = hash << 32
        var slot = Self.slot(hash) & slotMask
        while true {
            let entry = slots[slot]
            if entry == 0 { return nil }
            if entry & 0xFFFF_FFFF_0000_0000 == tag {
                let id = Int(truncatingIfNeeded: entry & 0xFFFF_FFFF) - 1
                let candidate = UnsafeBufferPointer(start: bytes + Int(starts[id]), count: Int(lengths[id]))
                if matches(candidate) { return Int32(truncatingIfNeeded: id) }
            }
            slot = (slot + 1) & slotMask
        }
    }
}

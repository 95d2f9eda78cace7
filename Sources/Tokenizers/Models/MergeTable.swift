/// The merges of a BPE model: a hash table with open addressing that maps pairs of ids to rank and result.
final class MergeTable: @unchecked Sendable {
    // Sendable because the memory is written only by `init`.
    private let keys: UnsafeMutablePointer<UInt64>
    private let values: UnsafeMutablePointer<(rank: UInt32, result: Int32)>
    private let mask: Int

    /// The rank of a pair that can't be merged.
    static let none = UInt32.max

    /// Creates a table. The rank of a merge is its index in the list. For duplicates, the last one is used.
    init(_ merges: [(left: Int32, right: Int32, result: Int32)]) {
        var size = 16
        while size < merges.count * 2 { size *= 2 }
        mask = size - 1
        keys = .allocate(capacity: size)
        keys.initialize(repeating: .max, count: size)
        values = .allocate(capacity: size)
        values.initialize(repeating: (Self.none, -1), count: size)
        for (rank, merge) in merges.enumerated() {
            let key = Self.key(merge.left, merge.right)
            var slot = Self.slot(key) & mask
            while keys[slot] != .max, keys[slot] != key { slot = (slot + 1) & mask }
            keys[slot] = key
            values[slot] = (UInt32(truncatingIfNeeded: rank), merge.result)
        }
    }

    deinit {
        keys.deallocate()
        values.deallocate()
    }

    @inline(__always)
    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    @inline(__always)
    private static func slot(_ key: UInt64) -> Int {
        let hash = (key ^ key >> 29) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: hash >> 20)
    }

    /// Returns the rank of a pair, or `none`.
    @inline(__always)
    func rank(_ left: Int32, _ right: Int32) -> UInt32 { merge(left, right).rank }

    /// Returns the rank of a pair, or `none`, and the merged symbol.
    @inline(__always)
    func merge(_ left: Int32, _ right: Int32) -> (rank: UInt32, result: Int32) {
        let key = Self.key(left, right)
        var slot = Self.slot(key) & mask
        while true {
            let found = keys[slot]
            if found == key { return values[slot] }
            if found == .max { return (Self.none, -1) }
            slot = (slot + 1) & mask
        }
    }
}

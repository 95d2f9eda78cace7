/// The members of a JSON object, in order, with unique names and constant-time lookup.
///
/// Names are compared by their UTF-8, because canonical equivalence of strings would treat some entries of vocabularies
/// as duplicates.
public struct JSONObject: Sendable {
    /// The names, in order.
    public private(set) var keys: [String] = []
    /// The values, in the order of `keys`.
    public private(set) var values: [JSONValue] = []
    /// A hash table with open addressing and linear probing. An entry consists of the upper half of the hash and the
    /// position + 1; 0 is empty. Small objects have no table and are searched linearly.
    private var table: [UInt64] = []

    /// The maximum number of members without a table.
    private static let searchedCount = 8

    /// Creates an empty object.
    public init() {}

    /// Creates an object from members. The last value is used for duplicate names.
    public init(_ members: some Sequence<(String, JSONValue)>) {
        for (key, value) in members { self[key] = value }
    }

    /// The value with the given name.
    ///
    /// Setting nil removes the member in O(*n*) time.
    public subscript(key: String) -> JSONValue? {
        get { position(of: key).map { values[$0] } }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let newValue?):
                values[position] = newValue
            case (let position?, nil):
                keys.remove(at: position)
                values.remove(at: position)
                rebuildTable()
            case (nil, let newValue?):
                appendIfNew(key, newValue)
            case (nil, nil):
                break
            }
        }
    }

    /// Returns the position of the member with the given name, or nil.
    public func position(of key: String) -> Int? {
        table.isEmpty
            ? keys.firstIndex { Self.same($0, key) }
            : position(of: key, hash: Self.hash(key))
    }

    /// Appends a member; returns false without changes if the name exists.
    @discardableResult
    mutating func appendIfNew(_ key: String, _ value: JSONValue) -> Bool {
        if keys.count < Self.searchedCount {
            guard !keys.contains(where: { Self.same($0, key) }) else { return false }
            keys.append(key)
            values.append(value)
            return true
        }
        // At most half full, which keeps probe sequences short.
        if (keys.count + 1) * 2 > table.count { growTable() }
        let hash = Self.hash(key)
        guard position(of: key, hash: hash) == nil else { return false }
        keys.append(key)
        values.append(value)
        insert(hash: hash, position: keys.count - 1)
        return true
    }

    private func position(of key: String, hash: UInt64) -> Int? {
        let mask = table.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while table[slot] != 0 {
            if (table[slot] ^ hash) >> 32 == 0 {
                let position = Int(table[slot] & 0xffff_ffff) - 1
                if Self.same(keys[position], key) { return position }
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private mutating func insert(hash: UInt64, position: Int) {
        let mask = table.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while table[slot] != 0 { slot = (slot + 1) & mask }
        table[slot] = hash & ~0xffff_ffff | UInt64(position + 1)
    }

    private mutating func growTable() {
        table = Array(repeating: 0, count: Swift.max(32, table.count * 2))
        for position in keys.indices { insert(hash: Self.hash(keys[position]), position: position) }
    }

    private mutating func rebuildTable() {
        if !table.isEmpty { table = Array(repeating: 0, count: table.count) }
        if keys.count <= Self.searchedCount {
            table = []
        } else {
            for position in keys.indices { insert(hash: Self.hash(keys[position]), position: position) }
        }
    }

    /// Seeded per process, to prevent attacks with colliding names.
    private static func hash(_ key: String) -> UInt64 {
        var key = key
        return key.withUTF8 { bytes in
            var hasher = Hasher()
            hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
            return UInt64(truncatingIfNeeded: hasher.finalize())
        }
    }

    private static func same(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
    }
}

extension JSONObject: RandomAccessCollection {
    /// The first member's position.
    public var startIndex: Int { 0 }
    /// The position after the last member.
    public var endIndex: Int { keys.count }
    /// The member at a position.
    public subscript(position: Int) -> (key: String, value: JSONValue) { (keys[position], values[position]) }
}

extension JSONObject: Equatable {
    /// Returns whether both objects have the same members, in any order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Creates an object from members. The last value is used for duplicate names.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}

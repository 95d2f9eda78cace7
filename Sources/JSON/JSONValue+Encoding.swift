extension JSONValue {
    /// Encodes a value with its `encode(to:)`. Members keep the order in which they are encoded.
    ///
    /// - Throws: `JSONError` with code `numberOutOfRange` for an integer that doesn't fit 64 bits; errors of the value.
    public init(encoding value: some Encodable) throws {
        let slot = EncodedSlot()
        try slot.encode(value, at: [])
        self = slot.json
    }
}

/// The destination of an encoded value.
private final class EncodedSlot {
    private enum Content {
        case value(JSONValue)
        case array([EncodedSlot])
        case object([(String, EncodedSlot)])
    }

    private var content = Content.value(.null)

    var json: JSONValue {
        switch content {
        case .value(let value): value
        case .array(let slots): .array(slots.map(\.json))
        case .object(let members): .object(JSONObject(members.map { ($0, $1.json) }))
        }
    }

    var count: Int { if case .array(let slots) = content { slots.count } else { 0 } }

    func set(_ value: JSONValue) { content = .value(value) }

    func makeArray() { if case .array = content {} else { content = .array([]) } }
    func makeObject() { if case .object = content {} else { content = .object([]) } }

    /// Appends an element and returns it.
    func appended() -> EncodedSlot {
        let slot = EncodedSlot()
        if case .array(var slots) = content {
            content = .value(.null)
            slots.append(slot)
            content = .array(slots)
        }
        return slot
    }

    /// Appends a member and returns it.
    func added(_ key: String) -> EncodedSlot {
        let slot = EncodedSlot()
        if case .object(var members) = content {
            content = .value(.null)
            members.append((key, slot))
            content = .object(members)
        }
        return slot
    }

    func encode(_ value: some Encodable, at path: [any CodingKey]) throws {
        switch value {
        case let value as Bool: set(.bool(value))
        case let value as String: set(.string(value))
        case let value as Double: set(.double(value))
        case let value as Float: set(.float(value))
        // A fast path for vectors.
        case let values as [Float]: set(.array(values.map(JSONValue.float)))
        case let value as any BinaryInteger: try encode(integer: value, at: path)
        default: try value.encode(to: SlotEncoder(slot: self, codingPath: path))
        }
    }

    private func encode(integer: some BinaryInteger, at path: [any CodingKey]) throws {
        if let value = Int64(exactly: integer) {
            set(.number(.int(value)))
        } else if let value = UInt64(exactly: integer) {
            set(.number(.uint(value)))
        } else {
            throw JSONError(
                code: .numberOutOfRange, reason: "\(integer) does not fit in 64 bits", source: nil,
                path: path.map(\.stringValue).joined(separator: "."), location: nil)
        }
    }
}

private struct SlotEncoder: Encoder {
    let slot: EncodedSlot
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        slot.makeObject()
        return KeyedEncodingContainer(Members(slot: slot, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        slot.makeArray()
        return Elements(slot: slot, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(slot: slot, codingPath: codingPath) }
}

private struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let slot: EncodedSlot
    let codingPath: [any CodingKey]

    private func encoder(_ key: any CodingKey) -> SlotEncoder {
        SlotEncoder(slot: slot.added(key.stringValue), codingPath: codingPath + [key])
    }

    func encodeNil(forKey key: Key) { slot.added(key.stringValue).set(.null) }

    func encode(_ value: some Encodable, forKey key: Key) throws {
        try slot.added(key.stringValue).encode(value, at: codingPath + [key])
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> { encoder(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { encoder(key).unkeyedContainer() }

    func superEncoder() -> any Encoder { SlotEncoder(slot: slot.added("super"), codingPath: codingPath) }
    func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }
}

private struct Elements: UnkeyedEncodingContainer {
    let slot: EncodedSlot
    let codingPath: [any CodingKey]
    var count: Int { slot.count }

    private func encoder() -> SlotEncoder { SlotEncoder(slot: slot.appended(), codingPath: codingPath) }

    func encodeNil() { slot.appended().set(.null) }
    func encode(_ value: some Encodable) throws { try slot.appended().encode(value, at: codingPath) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        encoder().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder().unkeyedContainer() }
    func superEncoder() -> any Encoder { encoder() }
}

private struct Single: SingleValueEncodingContainer {
    let slot: EncodedSlot
    let codingPath: [any CodingKey]

    func encodeNil() { slot.set(.null) }
    func encode(_ value: some Encodable) throws { try slot.encode(value, at: codingPath) }
}

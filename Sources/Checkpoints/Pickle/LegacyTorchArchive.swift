import BertCore

/// The file format of `torch.save` before PyTorch 1.6: a sequence of pickles, followed by the bytes of each storage.
///
/// The pickles are a magic number, the format version, information about the machine, the state dictionary and the keys
/// of the storages. The storages follow in the order of the keys, each with its number of elements in 8 bytes followed
/// by the elements. See `_legacy_load` in `torch/serialization.py`.
struct LegacyTorchArchive {
    /// The state dictionary.
    let state: PickledState
    /// The byte range of each storage.
    let storages: [String: Range<Int>]

    /// The pickled number 0x1950a86a20f9469cfc6c and the end of its pickle.
    private static let magic: [UInt8] = [
        0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
    ]
    private static let formatVersion = 1001

    /// Returns the offset after the magic number, or nil if the file doesn't start with it.
    static func start(_ bytes: UnsafeRawBufferPointer) -> Int? {
        // It follows a protocol marker and, since protocol 4, a frame.
        let head = Array(bytes.prefix(32))
        guard head.first == 0x80 else { return nil }
        return (0..<max(0, head.count - magic.count)).first { head[$0...].starts(with: magic) }.map { $0 + magic.count }
    }

    /// Finds the tensors and their storages.
    ///
    /// - Parameter start: The result of ``start(_:)``.
    /// - Throws: ``BertError`` `.malformedFile` with the file.
    init(_ buffer: HostBuffer, start: Int, maximumPickle: Int, source: String) throws {
        func malformed(_ reason: String) -> BertError { BertError(.malformedFile, reason, file: source) }
        let pickles = buffer[0..<min(buffer.count, start + maximumPickle)].withUnsafeBytes { Array($0) }
        var position = start
        func next() throws -> (PickleValue, PickleReader) {
            var reader = PickleReader(pickles, from: position, source: source)
            let value = try reader.value()
            position = reader.cursor.position
            return (value, reader)
        }
        guard case (.int(Self.formatVersion), _) = try next() else {
            throw malformed("has an unknown version of the format that PyTorch wrote before 1.6")
        }
        let (facts, factReader) = try next()
        guard factReader.isLittleEndian(facts) else {
            throw malformed("was written on a big-endian machine, which is not supported")
        }
        let (dictionary, stateReader) = try next()
        state = try stateReader.state(dictionary)
        let (list, listReader) = try next()
        guard let keys = listReader.strings(list) else { throw malformed("has no list of storages") }

        let described = Dictionary(stateReader.storages.map { ($0.key, $0) }) { first, _ in first }
        let bytes = LittleEndianBytes(buffer)
        var storages: [String: Range<Int>] = [:]
        for key in keys {
            guard let storage = described[key], let size = storage.byteCount else {
                throw malformed("has a storage \(key) that no tensor uses")
            }
            guard let count = bytes.uint64(at: position) else {
                throw malformed("ends before the storage \(key); it was not copied completely")
            }
            guard count == storage.count else {
                throw malformed("has \(count) elements in the storage \(key) instead of \(storage.count)")
            }
            position += 8
            guard size <= buffer.count - position else {
                throw malformed("ends inside the storage \(key); it was not copied completely")
            }
            guard storages.updateValue(position..<position + size, forKey: key) == nil else {
                throw malformed("lists the storage \(key) twice")
            }
            position += size
        }
        guard position == buffer.count else {
            throw malformed("has \(buffer.count - position) bytes after its last storage; it is damaged")
        }
        self.storages = storages
    }
}

extension PickleReader {
    /// Returns whether `little_endian` is true in the information about the machine.
    fileprivate func isLittleEndian(_ value: PickleValue) -> Bool {
        guard case .dictionary(let dictionary) = value else { return false }
        let members = heap[dictionary]
        return stride(from: 0, to: members.count - 1, by: 2).contains { position in
            if case (.string("little_endian"), .bool(true)) = (members[position], members[position + 1]) {
                true
            } else {
                false
            }
        }
    }

    /// Returns the strings of a list, or nil for other values.
    fileprivate func strings(_ value: PickleValue) -> [String]? {
        guard case .list(let list) = value else { return nil }
        var strings: [String] = []
        for element in heap[list] {
            guard case .string(let string) = element else { return nil }
            strings.append(string)
        }
        return strings
    }
}

import BertCore

/// The central directory of a zip archive.
struct ZipDirectory {
    /// The directory record of an entry.
    struct Record {
        let name: String
        let size: Int
        /// The offset of the entry's local header.
        let headerOffset: Int
    }

    private let bytes: LittleEndianBytes
    private let source: String
    /// The byte range of the records.
    private let range: Range<Int>
    private let count: Int

    /// Locates the directory from the end of the file.
    init(_ buffer: HostBuffer, source: String) throws {
        let bytes = LittleEndianBytes(buffer)
        guard let end = Self.endRecord(bytes) else {
            throw BertError(
                .malformedFile,
                "the archive has no directory at its end; the file was not copied completely", file: source)
        }
        var offset = bytes.uint32(at: end + 16)
        var size = bytes.uint32(at: end + 12)
        var count = bytes.uint16(at: end + 10)
        var disks = [bytes.uint16(at: end + 4), bytes.uint16(at: end + 6)]
        var countOnDisk = bytes.uint16(at: end + 8)
        var directoryEnd = end
        // The 64-bit record precedes the short one and has the same fields.
        if end >= 20, bytes.uint32(at: end - 20) == 0x0706_4b50 {
            guard let wide = bytes.uint64(at: end - 12), wide <= end - 20 - 56, bytes.uint32(at: wide) == 0x0606_4b50
            else { throw BertError(.malformedFile, "the end of the archive's directory is damaged", file: source) }
            offset = bytes.uint64(at: wide + 48)
            size = bytes.uint64(at: wide + 40)
            count = bytes.uint64(at: wide + 32)
            countOnDisk = bytes.uint64(at: wide + 24)
            disks = [bytes.uint32(at: wide + 16), bytes.uint32(at: wide + 20)]
            directoryEnd = wide
        }
        guard let offset, let size, let count, countOnDisk == count, disks == [0, 0],
            // Each record has at least 46 bytes.
            size <= directoryEnd, offset == directoryEnd - size, count <= size / 46
        else {
            throw BertError(
                .malformedFile, "the archive's directory is damaged, or the archive is one part of several",
                file: source)
        }
        self.bytes = bytes
        self.source = source
        self.count = count
        range = offset..<directoryEnd
    }

    /// Returns all records after validating them.
    func records() throws -> [Record] {
        var position = range.lowerBound
        let records = try (0..<count).map { _ in try record(at: &position) }
        guard position == range.upperBound else {
            throw BertError(
                .malformedFile, "the archive's directory has more bytes than its entries take", file: source)
        }
        return records
    }

    /// Returns the byte range of an entry's data, between its local header and the directory.
    func dataRange(of record: Record) throws -> Range<Int> {
        let start = record.headerOffset
        guard start <= range.lowerBound - 30, bytes.uint32(at: start) == 0x0403_4b50,
            let nameCount = bytes.uint16(at: start + 26), let extraCount = bytes.uint16(at: start + 28),
            bytes.uint16(at: start + 8) == 0
        else { throw damaged(record.name) }
        let dataStart = start + 30 + nameCount + extraCount
        guard dataStart <= range.lowerBound, record.size <= range.lowerBound - dataStart,
            bytes.string(at: start + 30, count: nameCount) == record.name
        else { throw damaged(record.name) }
        return dataStart..<dataStart + record.size
    }

    private func damaged(_ name: String) -> BertError {
        BertError(.malformedFile, "the archive's entry is damaged", file: source, key: name)
    }

    private func record(at position: inout Int) throws -> Record {
        let start = position
        guard start <= range.upperBound - 46, bytes.uint32(at: start) == 0x0201_4b50,
            let flags = bytes.uint16(at: start + 8), let method = bytes.uint16(at: start + 10),
            let compressedSize = bytes.uint32(at: start + 20), let size = bytes.uint32(at: start + 24),
            let nameCount = bytes.uint16(at: start + 28), let extraCount = bytes.uint16(at: start + 30),
            let commentCount = bytes.uint16(at: start + 32), let disk = bytes.uint16(at: start + 34),
            let headerOffset = bytes.uint32(at: start + 42),
            nameCount + extraCount + commentCount <= range.upperBound - start - 46,
            let name = bytes.string(at: start + 46, count: nameCount)
        else {
            throw BertError(
                .malformedFile, "the archive's directory is damaged at byte \(start)", file: source, value: .int(start))
        }
        position = start + 46 + nameCount + extraCount + commentCount
        guard flags & 1 == 0, method == 0 else {
            throw BertError(
                .malformedFile,
                "the archive's entry is \(flags & 1 == 0 ? "compressed" : "encrypted"); "
                    + "torch.save writes it as it is. Load and save it again in Python", file: source, key: name)
        }
        var fields = WideFields(bytes, start + 46 + nameCount..<start + 46 + nameCount + extraCount)
        guard let size = fields.resolve(size), let compressedSize = fields.resolve(compressedSize),
            let headerOffset = fields.resolve(headerOffset), size == compressedSize, disk == 0
        else { throw damaged(name) }
        return Record(name: name, size: size, headerOffset: headerOffset)
    }

    /// Returns the offset of the end record, which has 22 bytes and a comment that extends to the end of the file.
    private static func endRecord(_ bytes: LittleEndianBytes) -> Int? {
        guard bytes.count >= 22 else { return nil }
        let first = max(0, bytes.count - 22 - 0xffff)
        return stride(from: bytes.count - 22, through: first, by: -1).first { start in
            bytes.uint32(at: start) == 0x0605_4b50 && bytes.uint16(at: start + 20) == bytes.count - 22 - start
        }
    }

    /// The 64-bit numbers in the extra field of a record, which replace 32-bit numbers with all bits set.
    private struct WideFields {
        private let bytes: LittleEndianBytes
        private var values: Range<Int>

        init(_ bytes: LittleEndianBytes, _ extra: Range<Int>) {
            self.bytes = bytes
            values = extra.upperBound..<extra.upperBound
            var position = extra.lowerBound
            while position <= extra.upperBound - 4, let id = bytes.uint16(at: position),
                let count = bytes.uint16(at: position + 2), count <= extra.upperBound - position - 4
            {
                if id == 1 {
                    values = position + 4..<position + 4 + count
                    return
                }
                position += 4 + count
            }
        }

        /// Returns the number, or its 64-bit replacement.
        mutating func resolve(_ short: Int) -> Int? {
            guard short == 0xffff_ffff else { return short }
            guard values.count >= 8, let wide = bytes.uint64(at: values.lowerBound) else { return nil }
            values = values.lowerBound + 8..<values.upperBound
            return wide
        }
    }
}

import BertCore
import BertJSON
import BertTraining

/// A file of labeled examples.
struct LabelledFile {
    let path: String
    let format: InputFormat
    let isQuoted: Bool

    /// Returns the records of the file.
    ///
    /// - Parameter limit: The maximum number of records to read, or nil for all.
    /// - Throws: `BertError` with file and line.
    func records(limit: Int? = nil) throws -> [DataRecord] {
        let source = try ByteSource(path: path)
        var reader = RecordReader(source, format, LabelledFields(), isQuoted: isQuoted)
        var records: [DataRecord] = []
        while records.count < limit ?? Int.max, let entries = try reader.next() {
            for entry in entries {
                let record = try entry.record.get()
                let line = record.place.unit == "line" ? record.place.number : nil
                records.append(
                    DataRecord(record.members, file: path, line: line) { name in
                        line.flatMap { column(of: name, line: $0) }
                    })
            }
        }
        if let limit, records.count > limit { records.removeLast(records.count - limit) }
        guard !records.isEmpty else { throw BertError(.invalidInput, "the file has no examples", file: path) }
        return records
    }

    /// Returns the column of a member in a line, in Unicode scalars counted from 1, or nil if it can't be found.
    /// Rereads the file.
    private func column(of name: String, line: Int) -> Int? {
        guard let source = try? ByteSource(path: path) else { return nil }
        var splitter = LineSplitter(source: path)
        var heading: [UInt8]?
        var isAtEnd = false
        while !isAtEnd {
            let bytes = try? source.next()
            isAtEnd = bytes == nil
            guard let lines = try? bytes.map({ try splitter.take($0) }) ?? splitter.finish() else { return nil }
            for found in lines {
                if heading == nil { heading = Array(found.bytes) }
                if found.number == line { return column(of: name, in: Array(found.bytes), heading ?? []) }
            }
        }
        return nil
    }

    private func column(of name: String, in line: [UInt8], _ heading: [UInt8]) -> Int? {
        let start: Int?
        switch format {
        case .jsonl: start = Self.memberStart(name, line)
        case .csv, .tsv:
            let separator = UInt8(ascii: format == .csv ? "," : "\t")
            let quotes = format == .csv || isQuoted
            let names = Self.fieldStarts(heading, separator, quotes).map { range in
                String(decoding: heading[range].filter { !quotes || $0 != UInt8(ascii: "\"") }, as: UTF8.self)
            }
            let fields = Self.fieldStarts(line, separator, quotes)
            start = names.firstIndex(of: name).flatMap { fields.indices.contains($0) ? fields[$0].lowerBound : nil }
        case .json, .text: start = nil
        }
        return start.map { String(decoding: line[..<$0], as: UTF8.self).unicodeScalars.count + 1 }
    }

    /// Returns the fields of a row that consists of one line.
    private static func fieldStarts(_ line: [UInt8], _ separator: UInt8, _ quotes: Bool) -> [Range<Int>] {
        var (fields, start, isQuoted): ([Range<Int>], Int, Bool) = ([], 0, false)
        for (index, byte) in line.enumerated() {
            if quotes, byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            guard byte == separator, !isQuoted else { continue }
            fields.append(start..<index)
            start = index + 1
        }
        return fields + [start..<line.count]
    }

    /// Returns the position of an object member's value.
    private static func memberStart(_ name: String, _ line: [UInt8]) -> Int? {
        let key = Array(JSONValue.string(name).serialized().utf8)
        for start in line.indices where line[start...].starts(with: key) {
            var place = start + key.count
            func skipSpaces() { while place < line.count, line[place].isSpace { place += 1 } }
            skipSpaces()
            guard place < line.count, line[place] == UInt8(ascii: ":") else { continue }
            place += 1
            skipSpaces()
            return place
        }
        return nil
    }
}

/// A record with all of its members.
private struct LabelledRecord: PlacedRecord {
    let members: JSONObject
    let place: InputPlace
    var id: JSONValue? { nil }
}

private struct LabelledFields: RecordFields {
    let kind = "an object with the members of an example"
    let columns: [Column] = []
    let readsEveryColumn = true

    func record(_ value: JSONValue, at place: InputPlace) throws -> LabelledRecord {
        switch value {
        case .object(let members): return LabelledRecord(members: members, place: place)
        case .string: return LabelledRecord(members: ["text": value], place: place)
        default: throw place.error("not \(kind)")
        }
    }
}

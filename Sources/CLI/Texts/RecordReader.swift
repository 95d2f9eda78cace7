import BertCore
import BertJSON

/// Reads the records of an input, whatever its format, a group at a time.
struct RecordReader {
    /// A record, or why a line is none.
    typealias Entry = Result<TextRecord, BertError>

    /// The most records of a group.
    static let groupSize = 512

    let source: ByteSource
    private let format: InputFormat
    private let fields: TextFields
    private let takesPairs: Bool
    private var lines = LineSplitter()
    private var rows = CSVSplitter()
    private var heading: [String]?
    private var pending: ArraySlice<Entry> = []
    private var isAtEnd = false

    init(_ source: ByteSource, format: InputFormat, fields: TextFields, takesPairs: Bool = false) {
        self.source = source
        self.format = format
        self.fields = fields
        self.takesPairs = takesPairs
    }

    /// The next records: of a file always as many, so that a job that is resumed makes the same groups; of anything
    /// else as many as are to be had without waiting. Nil at the end.
    mutating func next() throws -> [Entry]? {
        while !isAtEnd, pending.isEmpty || source.isRegular && pending.count < Self.groupSize { try readSome() }
        guard !pending.isEmpty, Interruption.received == nil else { return nil }
        defer { pending = pending.dropFirst(Self.groupSize) }
        return Array(pending.prefix(Self.groupSize))
    }

    private mutating func readSome() throws {
        if format == .json { return try readArray() }
        let bytes: ArraySlice<UInt8>? = try source.next()
        isAtEnd = bytes == nil
        var added: [Entry] = []
        if format == .csv {
            for row in try bytes.map({ try rows.take($0, from: source.name) }) ?? rows.finish() {
                try addRow(row.fields.map { $0[...] }, row.number, row.problem, to: &added)
            }
        } else {
            for (number, line) in try bytes.map({ try lines.take($0, from: source.name) }) ?? lines.finish() {
                try addLine(line, number, to: &added)
            }
        }
        pending = ArraySlice(Array(pending) + added)
    }

    private mutating func addLine(_ line: ArraySlice<UInt8>, _ number: Int, to entries: inout [Entry]) throws {
        switch format {
        case .tsv:
            let line = line.last == 0x0d ? line.dropLast() : line
            try addRow(line.split(separator: 0x09, omittingEmptySubsequences: false), number, nil, to: &entries)
        case .text:
            let line = line.last == 0x0d ? line.dropLast() : line
            entries.append(
                entry { TextRecord(text: try Self.text(line, place(number)), id: nil, place: place(number)) })
        case .jsonl, .json, .csv:
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) { return }
            entries.append(
                entry {
                    try TextRecord(
                        line: line, number: number, takesPair: takesPairs, fields: fields, source: source.name)
                })
        }
    }

    private mutating func addRow(
        _ row: [ArraySlice<UInt8>], _ number: Int, _ problem: String?, to entries: inout [Entry]
    ) throws {
        // A blank line is nothing, as in JSONL.
        if row.count == 1, row[0].isEmpty { return }
        guard let heading else {
            if let problem { throw BertError(.invalidInput, "\(place(number)): \(problem)") }
            var names = try row.map { try Self.text($0, place(number)) }
            if let first = names.first, first.unicodeScalars.first == "\u{feff}" {
                names[0] = String(String.UnicodeScalarView(first.unicodeScalars.dropFirst()))
            }
            guard names.contains(fields.text) else {
                throw BertError(
                    .invalidInput,
                    """
                    \(place(number)): no column is called "\(fields.text)"; there are \
                    \(names.joined(separator: ", ")) (--text-field names another)
                    """)
            }
            self.heading = names
            return
        }
        entries.append(
            entry {
                if let problem { throw BertError(.invalidInput, "\(place(number)): \(problem)") }
                guard row.count == heading.count else {
                    throw BertError(
                        .invalidInput, "\(place(number)): \(row.count) fields; the heading has \(heading.count)")
                }
                func field(_ name: String) throws -> String? {
                    try heading.firstIndex(of: name).map { try Self.text(row[$0], place(number)) }
                }
                var record = TextRecord(
                    text: try field(fields.text) ?? "", id: try field(fields.id).map(JSONValue.string),
                    place: place(number))
                if takesPairs { record.pair = try field("text_pair") }
                return record
            })
    }

    private mutating func readArray() throws {
        var bytes: [UInt8] = []
        while let more = try source.next() { bytes += more }
        isAtEnd = true
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes, source: source.name) } catch {
            throw BertError(.invalidInput, "\(error)")
        }
        guard let elements = value.arrayValue else {
            throw BertError(.invalidInput, "\(source.name) is no JSON array of texts; --format jsonl reads lines")
        }
        pending = ArraySlice(
            elements.enumerated().map { position, element in
                entry {
                    try TextRecord(
                        element, place: "\(source.name), element \(position)", takesPair: takesPairs, fields: fields)
                }
            })
    }

    private func place(_ number: Int) -> String { "\(source.name), line \(number)" }

    private func entry(_ make: () throws -> TextRecord) -> Entry {
        do { return .success(try make()) } catch let error as BertError { return .failure(error) } catch {
            return .failure(BertError(.invalidInput, "\(error)"))
        }
    }

    private static func text(_ bytes: ArraySlice<UInt8>, _ place: String) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw BertError(.invalidInput, "\(place): not UTF-8")
        }
        return text
    }
}

import Bert

/// Decompresses an input and converts it to UTF-8 without a byte order mark, depending on its first bytes. Throws an
/// error for binary files that contain no records.
struct InputDecoder: ByteStage {
    private let source: String
    /// The first bytes, until the type of the input is known.
    private var head: [UInt8]? = []
    private var stage: (any ByteStage)?
    /// The stage that processes the output of `stage`.
    private var next: (any ByteStage)?

    init(source: String) { self.source = source }

    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [UInt8] {
        if var head {
            head += bytes
            // Standard input may provide only a few bytes at a time.
            guard !FileSignature.isUndecided(head) else {
                self.head = head
                return []
            }
            return try begin(head)
        }
        guard stage != nil else { return Array(bytes) }
        return try pass(bytes)
    }

    mutating func finish() throws -> [UInt8] {
        var result: [UInt8] = []
        if let head { result = try begin(head) }
        guard stage != nil else { return result }
        let last = try stage?.finish() ?? []
        if next == nil { return result + last }
        result += try next?.take(last[...]) ?? []
        return result + (try next?.finish() ?? [])
    }

    private mutating func begin(_ head: [UInt8]) throws -> [UInt8] {
        self.head = nil
        switch FileSignature(head) {
        case .gzip:
            stage = try Gunzip(source: source)
            next = InputDecoder(source: source)
        case .utf8Mark: return Array(head.dropFirst(3))
        case .utf16(let isBigEndian):
            stage = UTF16Decoder(source: source, isBigEndian: isBigEndian)
            return try pass(head.dropFirst(2))
        case .plain: return head
        case .other(let kind, let advice):
            throw BertError(.malformedFile, "is \(kind); \(advice)", file: source)
        }
        return try pass(head[...])
    }

    private mutating func pass(_ bytes: ArraySlice<UInt8>) throws -> [UInt8] {
        let result = try stage?.take(bytes) ?? []
        return next == nil ? result : try next?.take(result[...]) ?? []
    }
}

/// The type of a file according to its first bytes.
enum FileSignature {
    case plain
    case gzip
    case utf8Mark
    case utf16(isBigEndian: Bool)
    /// A file that contains no records, and advice on what to do.
    case other(kind: String, advice: String)

    /// The first bytes of compressed and binary files.
    private static let others: [(start: [UInt8], kind: String, advice: String)] = [
        ([0x28, 0xb5, 0x2f, 0xfd], "compressed with zstd", "decompress it: zstd -dc FILE | bert …"),
        ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "compressed with xz", "decompress it: xz -dc FILE | bert …"),
        (Array("BZh91AY&SY".utf8), "compressed with bzip2", "decompress it: bzip2 -dc FILE | bert …"),
        ([0x04, 0x22, 0x4d, 0x18], "compressed with lz4", "decompress it: lz4 -dc FILE | bert …"),
        (
            Array("PAR1".utf8), "a Parquet file",
            #"convert it in Python: import pandas; pandas.read_parquet("FILE").to_json("FILE.jsonl", orient="records", lines=True)"#
        ),
        (
            Array("ARROW1".utf8), "an Arrow file",
            #"convert it in Python: import pandas; pandas.read_feather("FILE").to_json("FILE.jsonl", orient="records", lines=True)"#
        ),
        ([0x50, 0x4b, 3, 4], "a zip archive (Excel's .xlsx is one too)", "extract it, or save the sheet as CSV"),
        (
            [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], "a file of Microsoft Office", "save the sheet as CSV"
        ),
        (Array("%PDF-".utf8), "a PDF", "extract its text: pdftotext FILE - | bert … --format text"),
        (Array("SQLite format 3\0".utf8), "an SQLite database", "export the texts as CSV"),
        ([0xff, 0xfe, 0, 0], "UTF-32", "convert it: iconv -f UTF-32 -t UTF-8 FILE"),
        ([0, 0, 0xfe, 0xff], "UTF-32", "convert it: iconv -f UTF-32 -t UTF-8 FILE"),
    ]

    private static let mark: [UInt8] = [0xef, 0xbb, 0xbf]

    /// Returns whether further bytes could change the type. Input that arrives line by line isn't delayed.
    static func isUndecided(_ head: [UInt8]) -> Bool {
        head.count < 2
            || (others.map(\.start) + [mark]).contains { $0.count > head.count && $0.starts(with: head) }
    }

    init(_ head: [UInt8]) {
        func starts(_ bytes: UInt8...) -> Bool { head.starts(with: bytes) }
        if let other = Self.others.first(where: { head.starts(with: $0.start) }) {
            self = .other(kind: other.kind, advice: other.advice)
        } else if starts(0x1f, 0x8b) {
            self = .gzip
        } else if head.starts(with: Self.mark) {
            self = .utf8Mark
        } else if starts(0xff, 0xfe) {
            self = .utf16(isBigEndian: false)
        } else if starts(0xfe, 0xff) {
            self = .utf16(isBigEndian: true)
        } else if let first = head.first, first < 0x80, first != 0, head.dropFirst().first == 0 {
            self = .other(
                kind: "UTF-16 without a byte order mark", advice: "convert it: iconv -f UTF-16LE -t UTF-8 FILE")
        } else if head.first == 0, let second = head.dropFirst().first, second < 0x80, second != 0 {
            self = .other(
                kind: "UTF-16 without a byte order mark", advice: "convert it: iconv -f UTF-16BE -t UTF-8 FILE")
        } else {
            self = .plain
        }
    }
}

import BertCore

/// The entries of a zip archive. The input is untrusted.
///
/// Supports only what `torch.save` writes: uncompressed entries in a single file. See APPNOTE.TXT 6.3.10, sections 4.3
/// to 4.5.
struct ZipArchive {
    /// An entry of the archive.
    struct Entry {
        let name: String
        /// The byte range of the data in the file.
        let range: Range<Int>
    }

    let source: String
    /// The entries in the order of their data.
    let entries: [Entry]
    private let positions: [String: Int]

    /// Reads the directory of an archive.
    ///
    /// - Throws: ``BertError`` `.malformedFile` with the file and, if applicable, the entry.
    init(_ bytes: HostBuffer, source: String) throws {
        self.source = source
        let directory = try ZipDirectory(bytes, source: source)
        var previous: (name: String, end: Int)?
        var entries: [Entry] = []
        for record in try directory.records().sorted(by: { $0.headerOffset < $1.headerOffset }) {
            if let previous, record.headerOffset < previous.end {
                throw BertError(
                    .malformedFile, "the entry overlaps with \(previous.name)", file: source, key: record.name)
            }
            let range = try directory.dataRange(of: record)
            previous = (record.name, range.upperBound)
            entries.append(Entry(name: record.name, range: range))
        }
        var positions: [String: Int] = [:]
        for (position, entry) in entries.enumerated() {
            guard positions.updateValue(position, forKey: entry.name) == nil else {
                throw BertError(.malformedFile, "the entry appears twice", file: source, key: entry.name)
            }
        }
        self.entries = entries
        self.positions = positions
    }

    /// Returns an entry, or nil if it doesn't exist.
    subscript(name: String) -> Entry? { positions[name].map { entries[$0] } }
}

import BertCore
import BertJSON

/// A reader of records in groups.
struct RecordReader<Fields: RecordFields> {
    /// A record or its error, and its size in the input.
    typealias Entry = (record: Result<Fields.Record, BertError>, byteCount: Int)

    /// The source that records are read from, or nil for records given initially.
    let source: ByteSource?
    private let fields: Fields
    private var splitter: any ValueSplitter
    private var pending: ArraySlice<Entry> = []
    private var isAtEnd = false
    /// The error that prevents further reading. It is thrown after the pending records.
    private var failure: (any Error)?

    /// - Parameter records: The records, instead of those of a source.
    init(
        _ source: ByteSource?, _ format: InputFormat, _ fields: Fields, records: [Fields.Record] = [],
        isQuoted: Bool = false
    ) {
        self.source = source
        self.fields = fields
        splitter = format.splitter(source?.name ?? "", fields, isQuoted: isQuoted)
        pending = records.map { (.success($0), 0) }[...]
        isAtEnd = source == nil
    }

    /// Returns the next group of records, or nil at the end or when the user interrupts.
    ///
    /// The groups of a file are always the same, so that a resumed job has the same groups. Other sources return as
    /// many records as are available without waiting.
    ///
    /// - Throws: `BertError` if the rest of the input can't be read.
    mutating func next() throws -> [Entry]? {
        while !isAtEnd, pending.isEmpty || source?.isRegular == true && !hasWholeGroup { readSome() }
        guard Interruption.received == nil else { return nil }
        if pending.isEmpty, let failure { throw failure }
        let count = groupCount
        defer { pending = pending.dropFirst(count) }
        return count == 0 ? nil : Array(pending.prefix(count))
    }

    /// Returns the next group of records if it can be read without waiting, or nil otherwise.
    ///
    /// - Throws: `BertError` if the rest of the input can't be read.
    mutating func nextWithoutWaiting() throws -> [Entry]? {
        while !isAtEnd, pending.isEmpty, source?.isReady == true { readSome() }
        return pending.isEmpty && failure == nil ? nil : try next()
    }

    /// Puts entries back to be returned next.
    mutating func putBack(_ entries: [Entry]) { pending = entries + pending }

    /// The number of pending records that make up a group. It is large enough to use the model efficiently, and small
    /// enough that an unfinished group isn't much lost work.
    private var groupCount: Int {
        var (count, byteCount) = (0, 0)
        for entry in pending.prefix(512) {
            byteCount += entry.byteCount
            if count > 0, byteCount > 1 << 17 { break }
            count += 1
        }
        return count
    }

    private var hasWholeGroup: Bool {
        let count = groupCount
        return count == 512 || count < pending.count
    }

    private mutating func readSome() {
        do {
            let bytes = try source?.next()
            isAtEnd = bytes == nil
            let values = try bytes.map { try splitter.take($0) } ?? splitter.finish()
            pending += values.map { value in (value.value.flatMap { record($0, value.place) }, value.byteCount) }
        } catch {
            failure = error
            isAtEnd = true
        }
    }

    private func record(_ value: JSONValue, _ place: InputPlace) -> Result<Fields.Record, BertError> {
        do { return .success(try fields.record(value, at: place)) } catch let error as BertError {
            return .failure(error)
        } catch { return .failure(place.error("", cause: error)) }
    }
}

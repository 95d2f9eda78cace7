import BertCore
import BertJSON

/// Reads records, a group at a time.
struct RecordReader<Fields: RecordFields> {
    /// A record or its error, and its size in the input.
    typealias Entry = (record: Result<Fields.Record, BertError>, byteCount: Int)

    /// Where they are read from; nil for those that were there from the beginning.
    let source: ByteSource?
    private let fields: Fields
    private var splitter: any ValueSplitter
    private var pending: ArraySlice<Entry> = []
    private var isAtEnd = false
    /// Why nothing can be read any more, once what is pending is done.
    private var failure: (any Error)?

    /// - Parameter records: those there are, instead of a source's.
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

    /// The next records: of a file always the same ones, so that a job that is resumed makes the same groups; of
    /// anything else as many as are to be had without waiting. Nil at the end, or when the user interrupts.
    ///
    /// - Throws: `BertError` if nothing can be read from here on.
    mutating func next() throws -> [Entry]? {
        while !isAtEnd, pending.isEmpty || source?.isRegular == true && !hasWholeGroup { readSome() }
        guard Interruption.received == nil else { return nil }
        if pending.isEmpty, let failure { throw failure }
        let count = groupCount
        defer { pending = pending.dropFirst(count) }
        return count == 0 ? nil : Array(pending.prefix(count))
    }

    /// The next records, if they can be read without waiting for anybody; nil otherwise.
    ///
    /// - Throws: `BertError` if nothing can be read from here on.
    mutating func nextWithoutWaiting() throws -> [Entry]? {
        while !isAtEnd, pending.isEmpty, source?.isReady == true { readSome() }
        return pending.isEmpty && failure == nil ? nil : try next()
    }

    /// Has entries be the next again.
    mutating func putBack(_ entries: [Entry]) { pending = entries + pending }

    /// How many of those pending make a group: as many as give the model enough to do, and not so many that much is lost
    /// with a group that isn't done.
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
        } catch { return .failure(BertError(.invalidInput, "\(place)", cause: error)) }
    }
}

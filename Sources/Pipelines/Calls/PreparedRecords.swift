public import BertCore
import BertTokenizers

/// Records as tokens, ready for the model: what ``PipelineCall/prepare(_:)`` gives.
public struct PreparedRecords<Record: Sendable>: Sendable {
    /// The records, in the order they were given.
    public let records: [Record]
    /// The sequences of tokens of all records, one after the other.
    let sequences: [Encoding]
    /// For each record the range of its sequences, or why it has none.
    let ranges: [Result<Range<Int>, BertError>]

    /// - Parameters:
    ///   - kind: what a record is called in messages.
    ///   - encode: the sequences of a record.
    /// - Throws: `CancellationError`; an error of a record stays with it.
    init(_ records: [Record], kind: String, encode: (Record) throws -> [Encoding]) throws {
        var sequences: [Encoding] = []
        var ranges: [Result<Range<Int>, BertError>] = []
        ranges.reserveCapacity(records.count)
        for (index, record) in records.enumerated() {
            do {
                let encodings = try BertError.context(record: index, of: kind) { try encode(record) }
                ranges.append(.success(sequences.count..<sequences.count + encodings.count))
                sequences += encodings
            } catch let error as BertError { ranges.append(.failure(error)) }
        }
        self.init(records: records, sequences: sequences, ranges: ranges)
    }

    private init(records: [Record], sequences: [Encoding], ranges: [Result<Range<Int>, BertError>]) {
        self.records = records
        self.sequences = sequences
        self.ranges = ranges
    }

    /// How many tokens the model computes for each record, special tokens included; nil for one that has an error.
    public var tokenCounts: [Int?] {
        ranges.map { range in (try? range.get()).map { sequences[$0].reduce(0) { $0 + $1.count } } }
    }

    /// The first error of a record; nil if all can be computed.
    public var firstError: BertError? {
        for case .failure(let error) in ranges { return error }
        return nil
    }

    /// The same up to the first record with an error, which is the last.
    public func upToFirstError() -> PreparedRecords {
        guard let bad = ranges.firstIndex(where: { (try? $0.get()) == nil }), bad + 1 < records.count else {
            return self
        }
        let end = ranges[..<bad].compactMap { try? $0.get().upperBound }.last ?? 0
        return PreparedRecords(
            records: Array(records[...bad]), sequences: Array(sequences[..<end]), ranges: Array(ranges[...bad]))
    }
}

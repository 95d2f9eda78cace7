public import BertCore
import BertTokenizers

/// Tokenized records, ready for the model; the result of ``PipelineCall/prepare(_:)``.
public struct PreparedRecords<Record: Sendable>: Sendable {
    /// The records, in their original order.
    public let records: [Record]
    /// The sequences of all records, concatenated.
    let sequences: [Encoding]
    /// The range of sequences of each record, or its error.
    let ranges: [Result<Range<Int>, BertError>]

    /// Tokenizes records.
    ///
    /// - Parameters:
    ///   - kind: The name of a record in messages.
    ///   - encode: Returns the sequences of a record.
    /// - Throws: `CancellationError`. Errors of individual records are stored with them.
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

    /// The number of tokens to compute for each record, including special tokens; nil for records with an error.
    public var tokenCounts: [Int?] {
        ranges.map { range in (try? range.get()).map { sequences[$0].reduce(0) { $0 + $1.count } } }
    }

    /// The first error of a record; nil if there is none.
    public var firstError: BertError? {
        for case .failure(let error) in ranges { return error }
        return nil
    }

    /// Returns the records up to and including the first one with an error.
    public func upToFirstError() -> PreparedRecords {
        guard let bad = ranges.firstIndex(where: { (try? $0.get()) == nil }), bad + 1 < records.count else {
            return self
        }
        let end = ranges[..<bad].compactMap { try? $0.get().upperBound }.last ?? 0
        return PreparedRecords(
            records: Array(records[...bad]), sequences: Array(sequences[..<end]), ranges: Array(ranges[...bad]))
    }
}

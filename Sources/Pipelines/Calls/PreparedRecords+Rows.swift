import BertCore
import BertTokenizers

extension PreparedRecords {
    /// The results of a model, by sequence.
    struct Rows<Row> {
        /// The results in the order of the sequences, or the errors of their records.
        fileprivate var rows: [Result<Row, BertError>]

        /// Returns the results of a record's sequences.
        ///
        /// - Throws: The ``BertError`` of the record if it has no results.
        func ofSequences(_ range: Range<Int>) throws -> ArraySlice<Row> { try rows[range].map { try $0.get() }[...] }
    }

    /// Computes all batches.
    ///
    /// - Throws: Errors of the model that don't concern an individual sequence.
    func rows<Row>(
        kind: String, budget: BatchBudget, forward: (TextBatches.Batch) throws -> [Row]
    ) throws -> Rows<Row> {
        let missing = Result<Row, BertError>.failure(BertError(.unsupported, "the model returned no result"))
        var rows = [Result<Row, BertError>](repeating: missing, count: sequences.count)
        for batch in TextBatches(sequences, budget).batches {
            try compute(batch, kind: kind, forward, into: &rows)
        }
        return Rows(rows: rows)
    }

    /// Computes a batch. A sequence that the model rejects is removed, and the others are computed without it.
    private func compute<Row>(
        _ batch: TextBatches.Batch, kind: String, _ forward: (TextBatches.Batch) throws -> [Row],
        into rows: inout [Result<Row, BertError>]
    ) throws {
        var batch = batch
        while !batch.places.isEmpty {
            do {
                let computed = try forward(batch)
                guard computed.count == batch.places.count else {
                    throw BertError(
                        .unsupported, "the model returned \(computed.count) results for \(batch.places.count) sequences"
                    )
                }
                for (place, row) in zip(batch.places, computed) { rows[place] = .success(row) }
                return
            } catch let error as BertError {
                guard let bad = error.record, batch.places.indices.contains(bad) else { throw error }
                let record = record(of: batch.places[bad])
                var error = error
                (error.record, error.recordKind) = (record, kind)
                rows[batch.places[bad]] = .failure(error)
                batch = batch.without(bad)
            }
        }
    }

    /// Returns the record of a sequence.
    private func record(of sequence: Int) -> Int? {
        ranges.firstIndex { (try? $0.get())?.contains(sequence) == true }
    }
}

extension TextBatches.Batch {
    fileprivate func without(_ row: Int) -> Self {
        var (places, encodings) = (places, encodings)
        places.remove(at: row)
        encodings.remove(at: row)
        return Self(places: places, encodings: encodings)
    }
}

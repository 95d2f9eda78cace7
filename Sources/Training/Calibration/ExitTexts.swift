import BertCore
public import BertModels
public import BertPipelines

/// Texts to calibrate exits on, with their labels if they have any.
public struct ExitTexts: Sendable {
    /// The texts or pairs.
    public let texts: [PairedText]
    /// The index of each one's label; nil if the records have none.
    public let labels: [Int]?
    private let records: [DataRecord]

    /// The texts of records.
    ///
    /// - Parameters:
    ///   - records: at least one.
    ///   - config: the model's, which names the labels.
    ///   - columns: the names of the texts' columns; empty: the usual ones.
    ///   - label: the name of the label's column; nil: the usual one, if there is one.
    /// - Throws: `BertError` with file, line and column of a text or a label that is none; with code `invalidInput` if a
    ///   column that was asked for is missing, or all labels are the same.
    public init(_ records: [DataRecord], _ config: BertConfig, columns: [String] = [], label: String? = nil) throws {
        guard let first = records.first else { throw BertError(.invalidInput, "there is no text") }
        let columns = try DataColumns(
            of: first, for: .classification, texts: columns, label: label, needsLabel: label != nil)
        let names = LabelSet(config)
        self.records = records
        texts = try records.map { record in
            try PairedText(record.text(columns.texts[0]), pair: columns.texts.dropFirst().first.map(record.text))
        }
        guard let column = columns.label else {
            labels = nil
            return
        }
        let labels = try records.map { Int(try names.id($0.value(column), in: $0, column: column)) }
        guard Set(labels).count > 1 else {
            throw BertError(
                .invalidInput,
                "every label is \(config.labels[labels[0]]); texts of at least two labels are needed",
                file: first.file, key: column)
        }
        self.labels = labels
    }

    /// What the off-ramps of a model say of the texts.
    ///
    /// - Parameters:
    ///   - classifier: the model.
    ///   - options: batch size and truncation.
    ///   - progress: is told how many texts are done.
    /// - Throws: `BertError` with file and line of a text that is too long; with code `invalidArgument` if the model has no
    ///   off-ramps.
    public func data(
        of classifier: TextClassifier, options: TextOptions, progress: (Int) -> Void = { _ in }
    ) throws -> ExitData {
        let call = try classifier.passages(options: options)
        var passages: [OffRampPassage] = []
        passages.reserveCapacity(texts.count)
        while passages.count < texts.count {
            let start = passages.count
            do {
                passages += try call.outputs(of: Array(texts[start..<min(texts.count, start + 1_024)]))
            } catch let error as BertError {
                guard let index = error.record else { throw error }
                var error = error
                error.record = start + index
                throw error.adding(file: records[start + index].file, line: records[start + index].line)
            }
            progress(passages.count)
        }
        return try ExitData(passages.enumerated().map { ExitData.Text($1, label: labels?[$0]) })
    }
}

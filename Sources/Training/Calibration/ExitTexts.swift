import BertCore
public import BertModels
public import BertPipelines

/// Texts to calibrate exits on, with optional labels.
public struct ExitTexts: Sendable {
    /// The texts or pairs.
    public let texts: [PairedText]
    /// The index of each text's label, or nil if the records have none.
    public let labels: [Int]?
    private let records: [DataRecord]

    /// Creates texts from records.
    ///
    /// - Parameters:
    ///   - records: At least one record.
    ///   - config: The model's configuration, which names the labels.
    ///   - columns: The names of the columns with texts, or empty for the usual names.
    ///   - label: The name of the column with the label, or nil for the usual name, if there is such a column.
    /// - Throws: `BertError` with file, line and column of an invalid text or label; with code `invalidInput` if a
    ///   requested column is missing, or if all labels are equal.
    public init(_ records: [DataRecord], _ config: BertConfig, columns: [String] = [], label: String? = nil) throws {
        guard let first = records.first else { throw BertError(.invalidInput, "there are no texts") }
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
                "every label is \(config.labels[labels[0]]); texts with at least two labels are required",
                file: first.file, key: column, value: 1, limit: 2)
        }
        self.labels = labels
    }

    /// Computes the outputs of a model's off-ramps for the texts.
    ///
    /// - Parameters:
    ///   - classifier: The model.
    ///   - options: Batch size and truncation.
    ///   - progress: Called with the number of processed texts.
    /// - Throws: `BertError` with file and line of a text that is too long; with code `invalidArgument` if the model
    ///   has no off-ramps.
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

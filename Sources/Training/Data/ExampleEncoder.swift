import BertCore
import BertJSON
package import BertModels
package import BertPipelines
import BertTokenizers

/// An encoder that converts the records of a file to model inputs.
package struct ExampleEncoder: Sendable {
    let text: TextEncoder
    let task: TrainingTask
    let columns: DataColumns
    /// The names of the classes, for tasks that have classes.
    let labels: LabelSet?
    /// The number of outputs of a regression.
    let outputCount: Int
    /// The maximum number of tokens in a sequence.
    let maximumLength: Int
    /// The number of tokens by which windows over a context overlap.
    let stride: Int
    /// The range of the scores of pairs; nil for any scores.
    let scores: ClosedRange<Double>?

    /// - Parameters:
    ///   - maximumLength: The maximum number of tokens in a sequence, which can't exceed the model's maximum.
    ///   - stride: The number of tokens by which windows over a context overlap.
    ///   - scores: The range of the scores of pairs; nil for any scores.
    package init(
        _ text: TextEncoder, _ config: BertConfig, task: TrainingTask, columns: DataColumns, labels: LabelSet?,
        maximumLength: Int, stride: Int = 128, scores: ClosedRange<Double>? = nil
    ) {
        self.text = text
        self.task = task
        self.columns = columns
        self.labels = labels
        outputCount = config.numLabels
        self.maximumLength = min(maximumLength, text.maximumLength)
        self.stride = stride
        self.scores = scores
    }

    /// Creates the same encoder for a file with other columns.
    init(_ other: ExampleEncoder, _ columns: DataColumns) {
        text = other.text
        task = other.task
        self.columns = columns
        labels = other.labels
        outputCount = other.outputCount
        maximumLength = other.maximumLength
        stride = other.stride
        scores = other.scores
    }

    /// Returns the examples of records, and the number of truncated ones.
    ///
    /// - Throws: `BertError` with file, line and column of the first invalid record.
    package func encode(_ records: [DataRecord]) throws -> TrainingData {
        let starts = Array(Swift.stride(from: 0, to: records.count, by: Self.recordsOfPart))
        let threads = starts.count < 2 ? 1 : (try? BertEnvironment.process.threadCount()) ?? 1
        // A part that is invalid doesn't stop the others: the first invalid record is reported for any number of threads.
        let parts = try WorkerPool(threads: threads).map(starts.count) { part in
            let range = starts[part]..<min(records.count, starts[part] + Self.recordsOfPart)
            return Result { try encode(records, range) }
        }
        var data = TrainingData(task: task, labels: labels?.names ?? [])
        data.examples.reserveCapacity(records.count)
        for part in parts { data.append(try part.get()) }
        data.recordCount = records.count
        return data
    }

    /// The number of consecutive records that a thread encodes.
    private static let recordsOfPart = 512

    private func encode(_ records: [DataRecord], _ range: Range<Int>) throws -> TrainingData {
        var data = TrainingData(task: task, labels: labels?.names ?? [])
        data.examples.reserveCapacity(range.count)
        for index in range {
            let record = records[index]
            try BertError.context(file: record.file, line: record.line) { try append(record, index, to: &data) }
        }
        return data
    }

    private func append(_ record: DataRecord, _ index: Int, to data: inout TrainingData) throws {
        switch task {
        case .classification, .regression, .multiLabel, .crossEncoder:
            let encoding = try encoding(
                PairedText(record.text(columns.texts[0]), pair: columns.texts.dropFirst().first.map(record.text)))
            data.add(TrainingExample([sequence(encoding)], try target(record)), isCut: isCut(encoding))
        case .embedding:
            let encodings = try columns.texts.map { try encoding(PairedText(record.text($0))) }
            data.add(
                TrainingExample(encodings.map(sequence), try target(record)), isCut: encodings.contains(where: isCut))
        case .maskedLM:
            let encoding = try encoding(PairedText(record.text(columns.texts[0])))
            data.add(TrainingExample([sequence(encoding)], .none), isCut: isCut(encoding))
            data.specialTokens.append(encoding.specialTokensMask)
        case .tokenClassification: try appendWords(of: record, to: &data)
        case .questionAnswering: try appendWindows(of: record, index, to: &data)
        }
    }

    /// Truncates the longer of two texts, like `truncation=True`.
    private func encoding(_ text: PairedText) throws -> Encoding {
        try self.text.encode(text, EncodingOptions(maxLength: maximumLength, truncation: .longestFirst))
    }

    private func isCut(_ encoding: Encoding) -> Bool { encoding.fullCount > encoding.count }

    func sequence(_ encoding: Encoding) -> TrainingExample.Sequence {
        TrainingExample.Sequence(ids: encoding.ids, types: encoding.typeIDs)
    }

    private func target(_ record: DataRecord) throws -> TrainingExample.Target {
        guard let column = columns.label else { return .none }
        switch task {
        case .classification:
            guard let labels else { return .none }
            return .label(try labels.id(record.value(column), in: record, column: column))
        case .multiLabel: return .numbers(try labelVector(record, column))
        case .regression:
            guard outputCount > 1 else { return .numbers([Float(try record.number(column))]) }
            let numbers = try record.list(column).map { value -> Float in
                guard let number = value.doubleValue ?? value.stringValue.flatMap({ Double($0) }), number.isFinite
                else {
                    throw record.error("\(value.short) is not a number", key: column, value: .string(value.plain))
                }
                return Float(number)
            }
            guard numbers.count == outputCount else {
                throw record.error(
                    "\(numbers.count) numbers; the model has \(outputCount) outputs", key: column,
                    value: .int(numbers.count),
                    limit: .int(outputCount))
            }
            return .numbers(numbers)
        case .crossEncoder, .embedding:
            let score = try record.number(column)
            if let scores, !scores.contains(score) {
                throw record.error(
                    """
                    the score \(score) is not from \(scores.lowerBound) to \(scores.upperBound), as the loss requires; scale the \
                    scores, or use --loss \(task == .crossEncoder ? "mse" : "cosent")
                    """, key: column, value: .double(score),
                    limit: .double(score < scores.lowerBound ? scores.lowerBound : scores.upperBound))
            }
            return .numbers([Float(score)])
        case .tokenClassification, .questionAnswering, .maskedLM: return .none
        }
    }

    /// Returns 1 for each label that an example has, and 0 for the others. The member can be a list with a number for
    /// each label, a list of names, or a table cell with names separated by commas.
    private func labelVector(_ record: DataRecord, _ column: String) throws -> [Float] {
        guard let labels else { return [] }
        let value = try record.value(column)
        if let list = value.arrayValue, !list.isEmpty, list.allSatisfy({ $0.stringValue == nil }) {
            let numbers = list.map { $0.doubleValue ?? ($0.boolValue.map { $0 ? 1 : 0 } ?? -1) }
            guard numbers.count == labels.names.count, numbers.allSatisfy({ $0 == 0 || $0 == 1 }) else {
                throw record.error(
                    """
                    \(value.short) is neither a list of names nor 0 or 1 for each of the \(labels.names.count) labels
                    """, key: column, value: .string(value.plain))
            }
            return numbers.map { Float($0) }
        }
        var vector = [Float](repeating: 0, count: labels.names.count)
        for name in value.arrayValue ?? LabelSet.names(value) {
            vector[Int(try labels.id(name, in: record, column: column))] = 1
        }
        return vector
    }
}

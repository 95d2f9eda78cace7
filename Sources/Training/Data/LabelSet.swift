import BertCore
import BertJSON
public import BertModels

/// The names of the classes, in the order of the logits.
public struct LabelSet: Sendable, Hashable {
    /// The name of each class.
    public let names: [String]
    private let ids: [String: Int]

    /// Creates the labels of a configuration.
    public init(_ config: BertConfig) {
        names = config.labels
        ids = config.label2id.filter { config.labels.indices.contains($0.value) }
    }

    private init(names: [String]) {
        self.names = names
        ids = Dictionary(names.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
    }

    /// Returns whether a configuration has its own names of labels.
    static func areNamed(_ config: BertConfig) -> Bool {
        config.labels != config.labels.indices.map { "LABEL_\($0)" }
    }

    /// Finds the labels of examples. Like in `run_glue`, numbers are in numeric order, and names in lexicographic
    /// order.
    ///
    /// Consecutive numbers from 0 are used as class indices, with the names `LABEL_0`, ….
    ///
    /// - Throws: `BertError` with the position of a label of a different type; with code `invalidInput` if there is
    ///   only one label.
    public init(foundIn records: [DataRecord], column: String, task: TrainingTask) throws {
        var (numbers, texts): (Set<Int>, Set<String>) = ([], [])
        var first: (isNumber: Bool, record: DataRecord)?
        for record in records {
            for value in try Self.values(record, column, task) {
                if value.stringValue?.trimmed == "" {
                    throw record.error("the label is empty", key: column, value: .string(value.plain))
                }
                let number = value.intValue ?? value.stringValue.flatMap { Int($0.trimmed) }
                guard number != nil || value.stringValue != nil else {
                    throw record.error(
                        """
                        \(value.short) is not a class; expected a name or an integer\
                        \(value.doubleValue == nil ? "" : "; for numbers, use --task regression")
                        """, key: column, value: .string(value.plain))
                }
                if let number { numbers.insert(number) }
                texts.insert(value.plain.trimmed)
                if case .number = value, first == nil { first = (true, record) }
                if first == nil { first = (false, record) }
                if let first, first.isNumber == (value.stringValue != nil) {
                    throw record.error(
                        first.isNumber
                            ? "\(value.short) is a text, but the previous labels are numbers"
                            : "\(value.short) is a number, but the previous labels are texts", key: column,
                        value: .string(value.plain))
                }
            }
        }
        guard texts.count > 1 else {
            throw BertError(
                .invalidInput,
                texts.isEmpty
                    ? "no example has a label"
                    : "all examples have the one label \(texts.first ?? ""); at least two classes are required",
                file: records.first?.file, key: column, value: .int(texts.isEmpty ? 0 : 1), limit: 2)
        }
        let isNumeric = texts.allSatisfy { Int($0) != nil }
        if isNumeric, numbers == Set(0..<numbers.count) {
            self.init(names: (0..<numbers.count).map { "LABEL_\($0)" })
        } else {
            if !isNumeric, let record = first?.record, texts.allSatisfy({ Double($0) != nil }) {
                throw record.error("the labels are not integers; for numbers, use --task regression", key: column)
            }
            self.init(
                names: isNumeric
                    ? numbers.sorted().map(String.init)
                    : texts.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) })
        }
    }

    /// Returns the values of an example's label: a single value, or those of a list.
    static func values(_ record: DataRecord, _ column: String, _ task: TrainingTask) throws -> [JSONValue] {
        let value = try record.value(column)
        switch task {
        case .tokenClassification: return try record.list(column)
        case .multiLabel: return value.arrayValue ?? Self.names(value)
        default: return [value]
        }
    }

    /// Returns the names in a table cell, which are separated by commas.
    static func names(_ value: JSONValue) -> [JSONValue] {
        (value.stringValue ?? value.serialized()).split(separator: ",").map { .string(String($0).trimmed) }
            .filter { $0 != .string("") }
    }

    /// Returns the class of a value, which is its name or its number.
    ///
    /// - Throws: `BertError` with the position if there is no such class.
    func id(_ value: JSONValue, in record: DataRecord, column: String) throws -> Int32 {
        let text = value.stringValue?.trimmed
        if let text, let id = ids[text] { return Int32(id) }
        if let number = value.intValue ?? text.flatMap({ Int($0) }) {
            // Numeric names can have a different order.
            if let id = ids[String(number)] { return Int32(id) }
            guard names.indices.contains(number) else {
                throw record.error(
                    "\(number) is not a label; labels are 0 to \(names.count - 1)", key: column, value: .int(number),
                    limit: .int(names.count - 1), choices: names)
            }
            return Int32(number)
        }
        guard text != nil else {
            throw record.error(
                "\(value.short) has the wrong type; expected the name or number of a label", key: column,
                value: .string(value.plain))
        }
        throw record.error(
            "\(value.short) is not a label; labels are \(names.prefix(12).joined(separator: ", "))", key: column,
            value: .string(value.plain), choices: names)
    }
}

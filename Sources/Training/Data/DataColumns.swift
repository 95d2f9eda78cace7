import BertCore
import BertJSON

/// The members of a record that are texts, and the member that is the label.
public struct DataColumns: Sendable, Hashable {
    /// The names of the texts, in order.
    public var texts: [String]
    /// The name of the label, or nil if there is none.
    public var label: String?

    /// Creates columns with the given names.
    public init(texts: [String], label: String?) {
        self.texts = texts
        self.label = label
    }

    /// Finds the columns of a task: the requested ones, or the ones that the examples of `transformers` would use.
    ///
    /// - Parameters:
    ///   - record: A record with all columns.
    ///   - task: The task to train.
    ///   - texts: The requested columns of texts, or empty if none are requested.
    ///   - label: The requested column of the label.
    ///   - needsLabel: Whether each example needs a label.
    /// - Throws: `BertError` with code `invalidInput` if a column is missing.
    public init(
        of record: DataRecord, for task: TrainingTask, texts: [String] = [], label: String? = nil,
        needsLabel: Bool = true
    ) throws {
        let names = record.members.keys
        func missing(_ name: String, _ what: String) -> BertError {
            BertError(
                .invalidInput,
                "unknown column \"\(name)\"\(what); the columns are \(names.joined(separator: ", "))",
                file: record.file, key: name, value: .string(name), choices: names)
        }
        for name in texts where !names.contains(name) { throw missing(name, " (--text-column-name)") }
        if let label, !names.contains(label) {
            guard needsLabel else {
                self.init(texts: texts.isEmpty ? Self.texts(names.filter { $0 != label }, task) : texts, label: nil)
                return
            }
            throw missing(label, " (--label-column-name)")
        }
        let usual = Self.labels(task)
        let found = label ?? usual.first(where: names.contains)
        let isOptional = task == .embedding || task == .maskedLM
        if found == nil, needsLabel, !isOptional {
            throw missing(usual[0], ", the default for labels; use --label-column-name for another one")
        }
        let rest = names.filter { $0 != found && !["id", "idx", "index"].contains($0) }
        let chosen = texts.isEmpty ? Self.texts(rest, task) : texts
        guard !chosen.isEmpty else {
            throw BertError(
                .invalidInput,
                "there is no text column; use --text-column-name. The columns are \(names.joined(separator: ", "))",
                file: record.file)
        }
        let needed = task == .embedding || task == .crossEncoder || task == .questionAnswering ? 2 : 1
        guard chosen.count >= needed else {
            throw BertError(
                .invalidInput,
                "\(task.rawValue) requires \(needed) texts; the columns are \(chosen.joined(separator: ", ")) only",
                file: record.file)
        }
        self.init(texts: chosen, label: found)
    }

    /// Returns the usual names of a task's label, starting with the most common.
    private static func labels(_ task: TrainingTask) -> [String] {
        switch task {
        case .classification: ["label", "labels"]
        case .regression, .crossEncoder, .embedding: ["label", "score", "labels", "scores"]
        case .multiLabel: ["labels", "label"]
        case .tokenClassification: ["ner_tags", "tags", "labels", "pos_tags", "chunk_tags"]
        case .questionAnswering: ["answers"]
        case .maskedLM: ["label"]
        }
    }

    /// Returns the columns of texts among the columns other than the label, like the examples of `transformers`.
    private static func texts(_ names: [String], _ task: TrainingTask) -> [String] {
        func usual(_ groups: [[String]]) -> [String]? { groups.first { $0.allSatisfy(names.contains) } }
        switch task {
        case .classification, .regression, .multiLabel, .crossEncoder:
            return usual([
                ["sentence1", "sentence2"], ["question1", "question2"], ["premise", "hypothesis"], ["text"],
                ["sentence"],
            ])
            .map { $0 == ["text"] && names.contains("text_pair") ? ["text", "text_pair"] : $0 }
            .flatMap { $0.count == 2 || task != .crossEncoder ? $0 : nil }
                ?? Array(names.prefix(2))
        case .tokenClassification:
            return usual([["tokens"], ["words"]]) ?? Array(names.prefix(1))
        case .questionAnswering: return ["question", "context"].filter(names.contains)
        case .maskedLM: return usual([["text"], ["sentence"]]) ?? Array(names.prefix(1))
        case .embedding:
            return usual([["anchor", "positive", "negative"], ["anchor", "positive"], ["sentence1", "sentence2"]])
                ?? Array(names.prefix(3))
        }
    }
}

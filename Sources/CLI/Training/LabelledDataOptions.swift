import ArgumentParser
import BertCore
import BertTraining

/// How files of labelled examples are read.
struct LabelledDataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The task: \(TrainingTask.allCases.map(\.rawValue).joined(separator: ", ")) (default: from config.json).",
            valueName: "task"),
        transform: { try TrainingTask(parsing: $0) })
    var task: TrainingTask?

    @Option(help: "Format of the data files: jsonl, json, csv, tsv or text (default: from each file's name).")
    var format: InputFormat?

    @Flag(help: "Fields of TSV tables may be quoted, as pandas writes them.")
    var quote = false

    @Option(
        name: [.customLong("text-column-name"), .customLong("text-column-names"), .customLong("text-field")],
        help: ArgumentHelp(
            "Column or member with the text; repeated, or with commas, for pairs and triplets (default: sentence1 and sentence2, or the first that are not the label).",
            valueName: "name"))
    var textColumns: [String] = []

    @Option(
        name: [.customLong("label-column-name"), .customLong("label-field")],
        help: ArgumentHelp(
            "Column or member with the label (default: label, or what the task calls it).", valueName: "name"))
    var labelColumn: String?

    @Option(
        help: ArgumentHelp(
            "The most tokens of an example, special ones included; longer ones are cut, and counted (default: 128, for questions 384).",
            valueName: "n"))
    var maxSeqLength: Int?

    @Option(help: ArgumentHelp("Overlap of two windows over a context, in tokens.", valueName: "n"))
    var docStride = 128

    func validate() throws {
        if let maxSeqLength, maxSeqLength < 3 {
            throw ValidationError("--max-seq-length is \(maxSeqLength); at least 3")
        }
        if docStride < 0 { throw ValidationError("--doc-stride is \(docStride); at least 0") }
    }

    /// The names of the texts' columns.
    var textColumnNames: [String] {
        textColumns.flatMap { $0.split(separator: ",").map { String($0) } }
    }

    /// The most tokens of an example.
    func maximumLength(_ task: TrainingTask) -> Int { maxSeqLength ?? (task == .questionAnswering ? 384 : 128) }

    /// A file of examples.
    ///
    /// - Throws: `ValidationError` if nothing says its format.
    func file(_ path: String) throws -> LabelledFile {
        guard let format = format ?? InputFormat(extensionOf: path) else {
            throw ValidationError("the name \(path) says no format; give --format")
        }
        return LabelledFile(path: path, format: format, isQuoted: quote)
    }
}

import ArgumentParser
import BertTraining

/// Options for the format of files of examples, and for the columns to read.
struct ColumnOptions: ParsableArguments {
    @Option(help: "Format of the data files: jsonl, json, csv, tsv or text (default: from the file name).")
    var format: InputFormat?

    @Flag(help: "Support quoted fields in TSV files, as written by pandas.")
    var quote = false

    @Option(
        name: [.customLong("text-column-name"), .customLong("text-column-names"), .customLong("text-field")],
        help: ArgumentHelp(
            "Column or member with the text; repeatable or comma-separated for pairs and triplets (default: sentence1 and sentence2, or the first columns that are not the label).",
            valueName: "name"))
    var textColumns: [String] = []

    @Option(
        name: [.customLong("label-column-name"), .customLong("label-field")],
        help: ArgumentHelp(
            "Column or member with the label (default: label, or the default of the task).", valueName: "name"))
    var labelColumn: String?

    /// The names of the columns of texts.
    var textColumnNames: [String] { textColumns.flatMap { $0.split(separator: ",").map { String($0) } } }

    /// Returns a file of examples.
    ///
    /// - Throws: `ValidationError` if the format is unknown.
    func file(_ path: String) throws -> LabelledFile {
        guard let format = format ?? InputFormat(extensionOf: path) else {
            throw ValidationError("the format of \(path) is unknown; add --format")
        }
        return LabelledFile(path: path, format: format, isQuoted: quote)
    }
}

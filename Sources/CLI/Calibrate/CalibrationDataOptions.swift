import ArgumentParser
import BertTraining

/// The texts that exits are calibrated on and checked with.
struct CalibrationDataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Texts like those to come, with labels if there are any. The name determines the format unless --format is given.",
            valueName: "file"), completion: .file())
    var data: String

    @Option(
        help: ArgumentHelp("Other texts, to show what the choice does to them.", valueName: "file"),
        completion: .file())
    var checkFile: String?

    @Option(help: "Format of the files: jsonl, json, csv, tsv or text (default: from each file's name).")
    var format: InputFormat?

    @Flag(help: "Fields of TSV tables may be quoted, as pandas writes them.")
    var quote = false

    @Option(
        name: [.customLong("text-column-name"), .customLong("text-column-names"), .customLong("text-field")],
        help: ArgumentHelp(
            "Column or member with the text; two, repeated or with a comma, for pairs (default: the usual names, or the first that are not the label).",
            valueName: "name"))
    var textColumns: [String] = []

    @Option(
        name: [.customLong("label-column-name"), .customLong("label-field")],
        help: ArgumentHelp("Column or member with the label (default: label, if there is one).", valueName: "name"))
    var labelColumn: String?

    func validate() throws {
        if textColumnNames.count > 2 { throw ValidationError("a text or a pair has at most two columns") }
    }

    /// The names of the texts' columns.
    var textColumnNames: [String] { textColumns.flatMap { $0.split(separator: ",").map { String($0) } } }

    /// The records of a file.
    ///
    /// - Throws: `ValidationError` if nothing says its format; `BertError` with file and line.
    func records(_ path: String) throws -> [DataRecord] {
        guard let format = format ?? InputFormat(extensionOf: path) else {
            throw ValidationError("the name \(path) says no format; give --format")
        }
        return try LabelledFile(path: path, format: format, isQuoted: quote).records()
    }
}

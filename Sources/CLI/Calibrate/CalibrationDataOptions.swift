import ArgumentParser
import BertTraining

/// Options for the texts that exits are calibrated and checked on.
struct CalibrationDataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "File with representative texts, optionally with labels.",
            valueName: "file"), completion: .file())
    var data: String

    @Option(
        help: ArgumentHelp("File with other texts on which to evaluate the policy.", valueName: "file"),
        completion: .file())
    var checkFile: String?

    @OptionGroup var columns: ColumnOptions

    func validate() throws {
        if columns.textColumnNames.count > 2 { throw ValidationError("--text-column-name takes at most two columns") }
    }
}

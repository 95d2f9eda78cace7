import ArgumentParser
import BertTraining

/// Options for the texts that exits are calibrated and checked on.
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

    @OptionGroup var columns: ColumnOptions

    func validate() throws {
        if columns.textColumnNames.count > 2 { throw ValidationError("a text or a pair has at most two columns") }
    }
}

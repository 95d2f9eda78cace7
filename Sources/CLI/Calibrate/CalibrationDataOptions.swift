import ArgumentParser
import BertCore
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

    /// Checks that `--check-file` isn't the file that the policy is chosen on.
    func validateFiles() throws {
        guard let checkFile, isSameFile(data, checkFile) else { return }
        throw BertError(
            .invalidArgument, "the same file as --data, which chose the policy; use a file with other texts",
            file: checkFile, key: "--check-file")
    }
}

import ArgumentParser
import BertCore
import BertTraining

/// Options for reading files of labeled examples.
struct LabelledDataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The task: \(TrainingTask.allCases.map(\.rawValue).joined(separator: ", ")) (default: from config.json).",
            valueName: "task"),
        transform: { try TrainingTask(parsing: $0) })
    var task: TrainingTask?

    @OptionGroup var columns: ColumnOptions

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

    /// Returns the maximum number of tokens of an example.
    func maximumLength(_ task: TrainingTask) -> Int { maxSeqLength ?? (task == .questionAnswering ? 384 : 128) }
}

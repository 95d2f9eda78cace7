import ArgumentParser
import BertCore
import BertTraining

/// Options for reading files of labeled examples.
struct LabelledDataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Task: \(TrainingTask.allCases.map(\.rawValue).joined(separator: ", ")) (default: from config.json).",
            valueName: "task"),
        transform: { try TrainingTask(parsing: $0) })
    var task: TrainingTask?

    @OptionGroup var columns: ColumnOptions

    @Option(
        help: ArgumentHelp(
            "Maximum tokens per example, including special tokens; longer examples are truncated (default: 128, or 384 for question answering).",
            valueName: "n"))
    var maxSeqLength: Int?

    @Option(help: ArgumentHelp("Overlap of windows over a context, in tokens.", valueName: "n"))
    var docStride = 128

    func validate() throws {
        if let maxSeqLength, maxSeqLength < 3 {
            throw ValidationError("--max-seq-length must be at least 3, not \(maxSeqLength)")
        }
        if docStride < 0 { throw ValidationError("--doc-stride must be at least 0, not \(docStride)") }
    }

    /// Returns the maximum number of tokens of an example.
    func maximumLength(_ task: TrainingTask) -> Int { maxSeqLength ?? (task == .questionAnswering ? 384 : 128) }
}

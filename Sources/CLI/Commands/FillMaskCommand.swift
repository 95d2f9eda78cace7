import ArgumentParser
import Bert
import BertJSON

/// `bert fill-mask`: predicts masked words.
struct FillMaskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fill-mask",
        abstract: "Predict masked words.",
        discussion: """
            Prints one JSON object per line, in the order of the texts: {"index":0,"predictions":[{"score":…,"token":…,\
            "token_str":…,"sequence":…},…]}, with the "id" of the input, if any. The predictions are the same as those of the \
            fill-mask pipeline in transformers: most likely first, and one list per mask if a text has several. Use the \
            model's mask token: [MASK] for BERT, <mask> for RoBERTa.

            EXAMPLE:
              bert fill-mask --model Tests/Fixtures/models/bert-mlm --top-k 2 "the movie was [MASK] ."
            """)

    @OptionGroup var task: TaskOptions

    @OptionGroup var truncation: TruncationOptions

    @Option(help: "Number of predictions per mask.")
    var topK = 5

    @Option(
        name: .customLong("target"),
        help: ArgumentHelp("Candidate word, instead of the whole vocabulary. Repeatable.", valueName: "word"))
    var targets: [String] = []

    @OptionGroup var job: JobOptions<ObjectFormat>

    @OptionGroup var input: TextInput

    func validate() throws {
        guard topK >= 1 else { throw ValidationError("--top-k must be at least 1, not \(topK)") }
    }

    func run() throws {
        let records = try input.records()
        let (files, backend) = try task.model(for: "bert fill-mask", .maskedLM)
        let filler = try MaskFiller(files, as: task.className, on: backend)
        task.describe("at most \(filler.maximumLength) tokens", on: filler.backend)
        func facts() throws -> JSONObject {
            try task.facts(on: filler.backend).merging(truncation.facts).merging([
                "verb": "fill-mask", "top-k": .int(topK), "target": .array(targets.map { .string($0) }),
            ])
        }
        let work = try JobWork<TextRecord, MaskFillings>(
            filler.call(
                topK: topK, targets: targets.isEmpty ? nil : targets, options: task.textOptions(truncation))
        ) { $0.text }
        try Job(records, job, facts: facts()).run(work) {
            ObjectWriter(job.outputFormat, to: $0, after: $1, as: "predictions")
        }
    }
}

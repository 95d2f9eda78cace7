import ArgumentParser
import Bert
import BertJSON

/// `bert zero-shot`: scores how well the given labels fit texts.
struct ZeroShotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zero-shot",
        abstract: "Classify texts with labels of your choice, with a natural language inference model.",
        discussion: """
            Prints one JSON object per line, in the order of the texts, best label first: \
            {"index":0,"sequence":…,"labels":[…],"scores":[…]}, with the "id" of the input, if any. Scores are the same as \
            those of pipeline("zero-shot-classification") in transformers.

            EXAMPLE:
              bert zero-shot --model Tests/Fixtures/models/bert-seqcls-single \\
                --labels great,bad "a great movie"
            """)

    @OptionGroup var task: TaskOptions

    @OptionGroup var truncation: TruncationOptions

    @Option(
        help: ArgumentHelp("Comma-separated labels.", valueName: "label,…"),
        transform: Self.labels)
    var labels: [String]

    @Option(help: ArgumentHelp("Hypothesis, in which {} is replaced by the label.", valueName: "text"))
    var hypothesisTemplate = ZeroShotClassifier.hypothesisTemplate

    @Flag(help: "Score each label independently.")
    var multiLabel = false

    @OptionGroup var job: JobOptions<ObjectFormat>

    @OptionGroup var input: TextInput

    func run() throws {
        let records = try input.records()
        let (files, backend) = try task.model(for: "bert zero-shot", .sequenceClassification)
        let classifier = try ZeroShotClassifier(files, as: task.className, on: backend)
        task.describe("\(labels.count) labels", on: backend.info)
        func facts() throws -> JSONObject {
            try task.facts(on: backend.info).merging(truncation.facts).merging([
                "verb": "zero-shot", "labels": .array(labels.map { .string($0) }),
                "hypothesis-template": .string(hypothesisTemplate), "multi-label": .bool(multiLabel),
            ])
        }
        let work = try JobWork<TextRecord, ZeroShotClassification>(
            classifier.call(
                labels: labels, hypothesisTemplate: hypothesisTemplate, multiLabel: multiLabel,
                options: task.textOptions(truncation))
        ) { $0.text }
        try Job(records, job, facts: facts()).run(work) { ObjectWriter(job.outputFormat, to: $0, after: $1) }
    }

    @Sendable private static func labels(_ text: String) throws -> [String] {
        let labels = text.split(separator: ",").map { label in
            String(label.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }.filter { !$0.isEmpty }
        guard !labels.isEmpty else { throw ValidationError("it must be a comma-separated list of labels") }
        return labels
    }
}

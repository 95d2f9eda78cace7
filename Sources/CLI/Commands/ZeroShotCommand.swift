import ArgumentParser
import Bert
import BertJSON

/// `bert zero-shot`: which of one's own labels fit a text.
struct ZeroShotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zero-shot",
        abstract: "Give texts labels of your own choice, with a model trained on natural language inference.",
        discussion: """
            One JSON object a line, in the order of the texts, the best label first: \
            {"index":0,"sequence":…,"labels":[…],"scores":[…]}, with the "id" of its input if there was one. Scores \
            are what pipeline("zero-shot-classification") of transformers gives.

            EXAMPLE:
              bert zero-shot --model Tests/Fixtures/models/bert-seqcls-single \\
                --labels great,bad "a great movie"
            """)

    @OptionGroup var task: TaskOptions

    @OptionGroup var truncation: TruncationOptions

    @Option(
        help: ArgumentHelp("The labels to choose from, with commas between.", valueName: "label,…"),
        transform: Self.labels)
    var labels: [String]

    @Option(help: ArgumentHelp("What a label is put into, in place of {}.", valueName: "text"))
    var hypothesisTemplate = ZeroShotClassifier.hypothesisTemplate

    @Flag(help: "Judge each label on its own: several can fit, or none.")
    var multiLabel = false

    @OptionGroup var job: JobOptions<ObjectFormat>

    @OptionGroup var input: TextInput

    func run() throws {
        let records = try input.records()
        let (files, backend) = try task.model(for: "bert zero-shot")
        let classifier = try ZeroShotClassifier(files, on: backend)
        task.describe("\(labels.count) labels to choose from", on: backend.info)
        let facts = try task.facts(on: backend.info).merging(truncation.facts).merging([
            "verb": "zero-shot", "labels": .array(labels.map { .string($0) }),
            "hypothesis-template": .string(hypothesisTemplate), "multi-label": .bool(multiLabel),
        ])
        try Job(records, job, facts: facts).run {
            ObjectWriter(job.outputFormat, to: $0, after: $1, fill: Self.fill)
        } _: { records in
            try classifier.classify(
                records.map(\.text), labels: labels, hypothesisTemplate: hypothesisTemplate, multiLabel: multiLabel,
                options: task.textOptions(truncation))
        }
    }

    private static func fill(_ object: inout JSONObject, _ result: ZeroShotClassification) {
        object["sequence"] = .string(result.sequence)
        object["labels"] = .array(result.labels.map { .string($0) })
        object["scores"] = .array(result.scores.map { .double($0) })
    }

    @Sendable private static func labels(_ text: String) throws -> [String] {
        let labels = text.split(separator: ",").map { label in
            String(label.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }.filter { !$0.isEmpty }
        guard !labels.isEmpty else { throw ValidationError("it takes labels with commas between") }
        return labels
    }
}

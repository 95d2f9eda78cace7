import ArgumentParser
import Bert
import BertJSON

/// `bert ner`: recognizes named entities in texts.
struct EntitiesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ner",
        abstract: "Find named entities, or classify tokens with other labels.",
        discussion: """
            Prints one JSON object per line, in the order of the texts: {"index":0,"entities":[{"entity_group":…,"score":…,\
            "word":…,"start":…,"end":…},…]}, with the "id" of the input, if any. The entities are the same as those of the \
            token-classification pipeline in transformers; start and end count Unicode scalars of the text. With \
            --aggregation none, each token has an "entity" and its "index".

            EXAMPLE:
              bert ner --model Tests/Fixtures/pipelines/bert-ner "they watched the movie in the end"
            """)

    @OptionGroup var task: TaskOptions

    @OptionGroup var truncation: TruncationOptions

    @Option(
        help: ArgumentHelp(
            "Strategy that groups tokens into entities: \(EntityAggregation.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "strategy"),
        transform: Self.aggregation)
    var aggregation = EntityAggregation.simple

    @Option(help: "Split long texts into windows that overlap by this number of tokens.")
    var stride: Int?

    @Option(
        name: .customLong("ignore-label"),
        help: ArgumentHelp("Label to ignore, instead of O. Repeatable.", valueName: "label"))
    var ignoredLabels: [String] = []

    @Flag(help: "Include all labels, also O.")
    var allLabels = false

    @OptionGroup var job: JobOptions<ObjectFormat>

    @OptionGroup var input: TextInput

    func validate() throws {
        if let stride, stride < 0 { throw ValidationError("--stride must be at least 0, not \(stride)") }
        if stride != nil, aggregation == .none {
            throw ValidationError("--stride requires an --aggregation other than none, because windows overlap")
        }
        if stride != nil, truncation.autoTruncate {
            throw ValidationError("--stride processes the whole text; omit --auto-truncate")
        }
        if allLabels, !ignoredLabels.isEmpty { throw ValidationError("use either --all-labels or --ignore-label") }
    }

    func run() throws {
        let records = try input.records()
        let (files, backend) = try task.model(for: "bert ner", .tokenClassification)
        let classifier = try TokenClassifier(files, as: task.className, on: backend)
        task.describe("at most \(classifier.maximumLength) tokens", on: classifier.backend)
        let ignored = allLabels ? [] : ignoredLabels.isEmpty ? ["O"] : ignoredLabels
        func facts() throws -> JSONObject {
            try task.facts(on: classifier.backend).merging(truncation.facts).merging([
                "verb": "ner", "aggregation": .string(aggregation.rawValue), "stride": .int(stride ?? -1),
                "ignore-label": .array(ignored.map { .string($0) }),
            ])
        }
        let work = try JobWork<TextRecord, [TokenEntity]>(
            classifier.call(
                aggregation: aggregation, stride: stride, ignoredLabels: Set(ignored),
                options: task.textOptions(truncation))
        ) { $0.text }
        try Job(records, job, facts: facts()).run(work) {
            ObjectWriter(job.outputFormat, to: $0, after: $1, as: "entities")
        }
    }

    @Sendable private static func aggregation(_ text: String) throws -> EntityAggregation {
        guard let aggregation = EntityAggregation(rawValue: text) else {
            throw ValidationError(
                "it must be one of \(EntityAggregation.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return aggregation
    }
}

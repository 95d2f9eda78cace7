import ArgumentParser
import Bert
import BertJSON

/// `bert classify`: the label of each text.
struct ClassifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "classify",
        abstract: "Classify texts or pairs of texts.",
        discussion: """
            One JSON object per line, in the order of the texts: {"index":0,"label":…,"score":…}, and the "id" of its \
            input, if any; "exit_layer" too if the model has off-ramps. With --top-k or --all, a list of labels, the \
            best first: {"index":0,"labels":[{"label":…,"score":…},…]}. Scores are those of \
            pipeline("text-classification") in transformers.

            A line of standard input is a JSON string, or an object with "text" and, for pairs, "text_pair".

            EXAMPLE:
              bert classify --model Sources/CDemoModel/tiny-sst2-deebert \\
                --exit-entropy 0.3 "a charming journey"
            """)

    @OptionGroup var task: TaskOptions

    @OptionGroup var truncation: TruncationOptions

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp("The model class (default: from config.json).", valueName: "name"))
    var className: String?

    @Option(help: ArgumentHelp("List the best n labels.", valueName: "n"))
    var topK: Int?

    @Flag(help: "List all labels.")
    var all = false

    @Option(
        name: .customLong("function"),
        help: ArgumentHelp(
            "How logits become scores: sigmoid, softmax or none (default: from config.json).",
            valueName: "function"),
        transform: choice)
    var function: ScoreFunction?

    @OptionGroup var exits: ExitOptions

    @OptionGroup var job: JobOptions<ObjectFormat>

    @OptionGroup var input: TextInput

    func validate() throws {
        if let topK, topK < 1 { throw ValidationError("--top-k is \(topK); at least 1") }
        if topK != nil, all { throw ValidationError("give --top-k or --all, not both") }
    }

    func run() throws {
        let records = try input.records(takesPairs: true)
        let (files, backend) = try task.model(for: "bert classify", as: className)
        let classifier = try TextClassifier(files, as: className, on: backend)
        task.describe("at most \(classifier.maximumLength) tokens", on: backend.info)
        let exitLayer: ((TextClassification) -> Int)? = classifier.hasOffRamps ? { $0.exitLayer } : nil
        try Job(records, job, facts: facts(on: backend.info)).run(
            to: { ObjectWriter(job.outputFormat, to: $0, after: $1) { fill(&$0, $1, classifier) } },
            exitLayer: exitLayer
        ) { records in
            try classifier.classify(
                records.map { PairedText($0.text, pair: $0.pair) }, policy: exits.policy, function: function,
                options: task.textOptions(truncation))
        }
    }

    private func facts(on backend: BackendInfo) throws -> JSONObject {
        try task.facts(on: backend).merging(truncation.facts).merging(exits.facts).merging([
            "verb": "classify", "class": .string(className ?? ""), "top-k": .int(topK ?? 0), "all": .bool(all),
            "function": .string(function?.rawValue ?? ""),
        ])
    }

    private func fill(_ object: inout JSONObject, _ result: TextClassification, _ classifier: TextClassifier) {
        if all || topK != nil {
            object["labels"] = .array(result.top(topK).map(\.json))
        } else {
            object["label"] = .string(result.label)
            object["score"] = .double(result.score)
        }
        if classifier.hasOffRamps { object["exit_layer"] = .int(result.exitLayer) }
    }
}

extension LabelScore {
    /// `{"label": …, "score": …}`
    fileprivate var json: JSONValue { ["label": .string(label), "score": .double(score)] }
}

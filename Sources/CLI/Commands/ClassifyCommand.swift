import ArgumentParser
import Bert
import BertJSON

/// `bert classify`: classifies texts.
struct ClassifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "classify",
        abstract: "Classify texts or text pairs.",
        discussion: """
            Prints one JSON object per line, in the order of the texts: {"index":0,"label":…,"score":…}, with the "id" of the \
            input, if any, and "exit_layer" if the model has off-ramps. With --top-k or --all, prints a list of labels, \
            best first: {"index":0,"labels":[{"label":…,"score":…},…]}. Scores are the same as those of \
            pipeline("text-classification") in transformers.

            A line of standard input is a JSON string, or an object with "text" and, for pairs, "text_pair".

            EXAMPLE:
              bert classify --model Sources/CDemoModel/tiny-sst2-deebert \\
                --exit-entropy 0.3 "a charming journey"
            """)

    @OptionGroup var task: TaskOptions

    @OptionGroup var truncation: TruncationOptions

    @Option(help: ArgumentHelp("Print the n best labels.", valueName: "n"))
    var topK: Int?

    @Flag(help: "Print all labels.")
    var all = false

    @Option(
        name: .customLong("function"),
        help: ArgumentHelp(
            "Function that converts logits to scores: sigmoid, softmax or none (default: from config.json).",
            valueName: "function"),
        transform: choice)
    var function: ScoreFunction?

    @OptionGroup var exits: ExitOptions

    @OptionGroup var job: JobOptions<ObjectFormat>

    @OptionGroup var input: TextInput

    func validate() throws {
        if let topK, topK < 1 { throw ValidationError("--top-k must be at least 1, not \(topK)") }
        if topK != nil, all { throw ValidationError("use either --top-k or --all") }
    }

    func run() throws {
        let records = try input.records(takesPairs: true)
        let (files, backend) = try task.model(for: "bert classify", .sequenceClassification)
        let classifier = try TextClassifier(files, as: task.className, on: backend)
        task.describe("at most \(classifier.maximumLength) tokens", on: backend.info)
        let exitLayer: ((TextClassification) -> Int)? = classifier.hasOffRamps ? { $0.exitLayer } : nil
        let work = try JobWork<TextRecord, TextClassification>(
            classifier.call(policy: exits.policy, function: function, options: task.textOptions(truncation))
        ) { PairedText($0.text, pair: $0.pair) }
        try Job(records, job, facts: facts(on: backend.info)).run(work, exitLayer: exitLayer) {
            ObjectWriter(job.outputFormat, to: $0, after: $1, fill: fill)
        }
    }

    private func facts(on backend: BackendInfo) throws -> JSONObject {
        try task.facts(on: backend).merging(truncation.facts).merging(exits.facts).merging([
            "verb": "classify", "top-k": .int(topK ?? 0), "all": .bool(all),
            "function": .string(function?.rawValue ?? ""),
        ])
    }

    /// Adds a result, or the list of its labels and the layer.
    private func fill(_ object: inout JSONObject, _ result: TextClassification) throws {
        guard all || topK != nil else { return try object.add(result) }
        try object.add(result.top(topK), as: "labels")
        let json = try JSONValue(encoding: result)
        object["exit_layer"] = json["exit_layer"]
    }
}

import TestSupport
import Testing

/// A command that processes a record per line, with the options for its tests.
struct JobVerb: Sendable, CustomTestStringConvertible {
    let name: String
    let model: String
    var options: [String] = []
    /// The members of a record.
    var record = #""text":"a great film""#
    /// The members of a record without a result.
    var long = "\"text\":\"\(String(repeating: "movie ", count: 60))\""

    var testDescription: String { ([name] + options).joined(separator: " ") }

    /// The arguments before the options of a job.
    var arguments: [String] {
        [name, "--model", model] + (name == "tokenize" ? [] : ["--backend", "reference"]) + options
    }

    static let all: [JobVerb] = [
        JobVerb(name: "embed", model: EmbedTests.model, options: ["--pooling", "mean"]),
        JobVerb(name: "embed", model: EmbedTests.model, options: ["--pooling", "mean", "--output-format", "text"]),
        JobVerb(name: "classify", model: Fixtures.path("models/bert-seqcls-single")),
        JobVerb(name: "ner", model: Fixtures.path("pipelines/bert-ner"), options: ["--all-labels"]),
        JobVerb(
            name: "qa", model: Fixtures.path("pipelines/bert-qa"),
            record: #""question":"what was it?","context":"it was a great film""#,
            long: "\"question\":\"\(String(repeating: "movie ", count: 60))\",\"context\":\"a film\""),
        JobVerb(
            name: "fill-mask", model: Fixtures.path("models/bert-mlm"), record: #""text":"a [MASK] film""#,
            long: #""text":"a film""#),
        JobVerb(
            name: "zero-shot", model: Fixtures.path("models/bert-seqcls-single"), options: ["--labels", "great,bad"]),
        JobVerb(
            name: "search", model: SearchTests.model, options: ["--corpus", SearchTests.corpus, "--top-k", "2"]),
        JobVerb(
            name: "tokenize", model: EmbedTests.model,
            options: ["--max-length", "8", "--truncation", "only_second"]),
        JobVerb(name: "tokenize", model: EmbedTests.model, options: ["--padding", "longest"]),
        JobVerb(
            name: "embed", model: Fixtures.path("sentences/splade-bert"),
            options: ["--max-active-dims", "6", "--return-tokens"]),
        JobVerb(name: "embed", model: Fixtures.path("sentences/colbert-stanford")),
    ]

    /// Those whose every result is an object, and that have records without one.
    static let emitting = all.filter { !$0.options.contains("text") && !$0.options.contains("--padding") }
}

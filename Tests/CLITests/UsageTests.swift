import BertCore
import BertJSON
import TestSupport
import Testing

@Suite struct UsageTests {
    @Test func `Without a verb the verbs are listed, as a result`() throws {
        let run = try BertProgram.run()
        #expect(run.code == 0)
        #expect(run.errors == "")
        for verb in ["backends", "doctor", "completions"] { #expect(run.output.contains("\n  \(verb) ")) }
        #expect(!run.output.contains("self-test"))
    }

    @Test func `The version is a result`() throws {
        let run = try BertProgram.run("--version")
        #expect(run.code == 0)
        #expect(run.output.hasPrefix("bert "))
        #expect(run.lines.count == 1)
    }

    @Test(arguments: [["frobnicate"], ["backends", "--frobnicate"], ["doctor", "extra"]])
    func `A mistake in usage exits with 64 and says how to use it`(arguments: [String]) throws {
        let run = try BertProgram.run(more: arguments, environment: ["BERT_ERRORS": "text"])
        #expect(run.code == 64)
        #expect(run.output == "")
        #expect(run.errors.hasPrefix("bert: error: "))
        #expect(run.errors.contains(arguments[arguments.count - 1]))
        #expect(run.errors.contains("Usage: bert"))
    }

    @Test(arguments: [
        ("BERT_NUM_THREADS", "0"), ("BERT_NUM_THREADS", "-3"), ("BERT_NUM_THREADS", "many"), ("BERT_BACKEND", "a,,b"),
    ])
    func `A variable that means nothing is a failure that names it`(name: String, value: String) throws {
        let run = try BertProgram.run("backends", environment: [name: value])
        #expect(run.output == "")
        run.expect(.invalidSetting, key: name, value: .string(value))
        #expect(run.errors.split(separator: "\n").count == 1)
    }

    @Test func `An error is a message for people, or a JSON object for programs`() throws {
        let environment = ["BERT_NUM_THREADS": "many", "BERT_ERRORS": "text"]
        let text = try BertProgram.run("backends", environment: environment)
        #expect(text.code == 1)
        #expect(text.errors.hasPrefix("bert: error: BERT_NUM_THREADS: \"many\" is not an integer from 1 to 1024"))
        let json = try BertProgram.run("backends", environment: environment.merging(["BERT_ERRORS": "JSON"]) { $1 })
        let message = text.errors.dropFirst("bert: error: ".count).dropLast()
        #expect(
            json.reported == [
                "code": "invalidSetting", "message": .string(String(message)), "key": "BERT_NUM_THREADS",
                "value": "many", "limit": 1024,
            ])
        let usage = try BertProgram.run("backends", "--frobnicate")
        #expect(usage.code == 64 && usage.error?.code.description == "usage", "\(usage.errors)")
        let wrong = try BertProgram.run("backends", environment: ["BERT_ERRORS": "xml"])
        #expect(wrong.code == 1)
        #expect(wrong.errors == "bert: error: BERT_ERRORS: \"xml\" is not a format; use text or json\n")
    }

    @Test(arguments: [
        (
            "classify", "models/bert-seqcls-single", ["--exit-layer", "1"],
            "--exit-entropy, --exit-patience or --exit-layer"
        ),
        ("classify", "models/deebert", ["--exit-layer", "99"], "--exit-layer"),
        (
            "zero-shot", "models/bert-seqcls-single", ["--labels", "a", "--hypothesis-template", "x"],
            "--hypothesis-template"
        ),
    ])
    func `An argument of the library is named by its option`(
        verb: String, model: String, options: [String], name: String
    ) throws {
        let run = try BertProgram.run(
            verb, "--model", Fixtures.path(model), more: options + ["a"],
            environment: ["BERT_QUIET": "1", "BERT_ERRORS": "text"])
        #expect(run.code == 1)
        #expect(run.errors.hasPrefix("bert: error: \(name): "), "\(run.errors)")
    }

    @Test func `A mistyped option is named before what it leaves missing`() throws {
        let run = try BertProgram.run("embed", "--modl", "somewhere", "a text")
        #expect(run.code == 64)
        #expect(run.errors.contains("--modl") && run.errors.contains("--model?"))
        #expect(!run.errors.contains("Missing"))
    }

    @Test(arguments: [
        (["fill", "text"], "bert has no command fill; did you mean fill-mask?"),
        (["embd", "--model", "somewhere"], "bert has no command embd; did you mean embed?"),
        (["cache", "lsit"], "bert cache has no command lsit; did you mean list?"),
        (["xyzzy"], "bert has no command xyzzy\n"),
    ])
    func `A command that doesn't exist is named, with the closest one`(arguments: [String], message: String) throws {
        let run = try BertProgram.run(more: arguments, environment: ["BERT_ERRORS": "text"])
        #expect(run.code == 64)
        #expect(run.errors.hasPrefix("bert: error: \(message)"), "\(run.errors)")
    }

    @Test func `A file among the texts is not embedded by its name`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Array("one\n".utf8), to: "texts.txt")
        let model = EmbedTests.model
        let refused = try BertProgram.run("embed", "--model", model, "--pooling", "mean", "a text", file)
        #expect(refused.code == 64)
        #expect(refused.output == "")
        #expect(refused.errors.contains("--input \(file)"))
        // Names that aren't files, or that are files without texts, are texts.
        let texts = try BertProgram.run(
            "embed", "--model", model, "--pooling", "mean", "--auto-truncate", "no-such-file.txt",
            "\(model)/model.safetensors")
        #expect(texts.code == 0)
        #expect(texts.lines.count == 2)
    }
}

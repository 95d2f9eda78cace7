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
        let run =
            arguments.count == 1 ? try BertProgram.run(arguments[0]) : try BertProgram.run(arguments[0], arguments[1])
        #expect(run.code == 64)
        #expect(run.output == "")
        #expect(run.errors.hasPrefix("bert: error: "))
        #expect(run.errors.contains("\(arguments[arguments.count - 1])'"))
        #expect(run.errors.contains("Usage: bert"))
    }

    @Test(arguments: [
        ("BERT_NUM_THREADS", "0"), ("BERT_NUM_THREADS", "-3"), ("BERT_NUM_THREADS", "many"), ("BERT_BACKEND", "a,,b"),
    ])
    func `A variable that means nothing is a failure that names it`(name: String, value: String) throws {
        let run = try BertProgram.run("backends", environment: [name: value])
        #expect(run.code == 1)
        #expect(run.output == "")
        #expect(run.errors.hasPrefix("bert: error: \(name) is \"\(value)\""))
        #expect(run.errors.split(separator: "\n").count == 1)
    }

    @Test func `A mistyped option is named before what it leaves missing`() throws {
        let run = try BertProgram.run("embed", "--modl", "somewhere", "a text")
        #expect(run.code == 64)
        #expect(run.errors.contains("--modl") && run.errors.contains("--model?"))
        #expect(!run.errors.contains("Missing"))
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

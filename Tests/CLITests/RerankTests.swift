import BertCore
import BertJSON
import TestSupport
import Testing

@Suite struct RerankTests {
    private func rerank(_ arguments: String..., input: String = "") throws -> BertProgram.Run {
        try BertProgram.run(
            "rerank", "--model", Fixtures.path("models/bert-seqcls-regression"), "--query", "is it good?",
            more: arguments, environment: ["BERT_QUIET": "1"], input: Array(input.utf8))
    }

    @Test func `Texts come best first, with their place, id and text`() throws {
        let run = try rerank(
            "--return-text", input: "{\"id\": 7, \"text\": \"a great film\"}\n\"a bad plot\"\n\"fast\"\n")
        #expect(run.code == 0)
        #expect(run.errors == "")
        let objects = try run.lines.map { try JSONValue(parsing: $0) }
        let scores = objects.compactMap { $0["score"]?.doubleValue }
        #expect(scores.count == 3)
        #expect(scores == scores.sorted(by: >))
        let texts = ["a great film", "a bad plot", "fast"]
        for object in objects {
            let index = try #require(object["index"]?.intValue)
            #expect(object["text"]?.stringValue == texts[index])
            #expect(object["id"] == (index == 0 ? 7 : nil))
        }
    }

    @Test func `Nothing is ranked if a text is too long`() throws {
        let run = try rerank("a great film", String(repeating: "movie ", count: 60))
        #expect(run.output == "")
        run.expect(.tooManyTokens, record: 1)
    }

    @Test func `Raw scores are logits, and the best are enough if asked for`() throws {
        let raw = try rerank("--raw-scores", "--top-k", "1", "a great film", "fast")
        #expect(raw.lines.count == 1)
        let squashed = try rerank("a great film", "fast")
        #expect(squashed.lines.count == 2)
        let index = try JSONValue(parsing: squashed.lines[0])["index"]?.intValue
        #expect(try raw.json()["index"]?.intValue == index)
    }
}

@Suite struct ZeroShotTests {
    private func classify(_ model: String, _ arguments: String...) throws -> BertProgram.Run {
        try BertProgram.run(
            "zero-shot", "--model", Fixtures.path("models/\(model)"), more: arguments,
            environment: ["BERT_QUIET": "1"])
    }

    @Test func `Labels come best first`() throws {
        let run = try classify("bert-seqcls-single", "--labels", "great, bad,slow", "a great movie")
        #expect(run.code == 0)
        #expect(run.errors == "")
        let object = try run.json()
        #expect(object.objectValue?.keys == ["index", "sequence", "labels", "scores"])
        let labels = (object["labels"]?.arrayValue ?? []).compactMap(\.stringValue)
        #expect(labels.sorted() == ["bad", "great", "slow"])
        let scores = (object["scores"]?.arrayValue ?? []).compactMap(\.doubleValue)
        #expect(scores == scores.sorted(by: >))
    }

    @Test func `A model without entailment and labels that are none are errors`() throws {
        let run = try classify("bert-seqcls-auto", "--labels", "great", "x")
        run.expect(.invalidConfiguration)
        #expect(try classify("bert-seqcls-single", "--labels", " , ", "x").code == 64)
    }
}

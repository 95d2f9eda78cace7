import BertCore
import BertJSON
import Foundation
import TestSupport
import Testing

/// Tests of `bert fill-mask`, `ner` and `qa`.
@Suite struct SpanVerbTests {
    @Test func `Masks of arguments and lines are filled`() throws {
        let model = Fixtures.path("models/bert-mlm")
        let input = "\"a [MASK] film\"\n{\"id\": \"x\", \"text\": \"[MASK] [MASK]\"}\n\"none\"\n"
        let run = try BertProgram.run(
            "fill-mask", "--model", model, "--backend", "reference", "--top-k", "2", input: Array(input.utf8))
        run.expect(.invalidInput, file: "standard input", line: 3, value: "[MASK]")
        let objects = try run.lines.map { try JSONValue(parsing: $0) }
        #expect(objects.map { $0["id"] } == [nil, "x"])
        #expect(objects.map { $0["predictions"]?.arrayValue?.count } == [2, 2])
        #expect(objects.first?["predictions"]?[0]?["token_str"]?.stringValue != nil)
        #expect(objects.last?["predictions"]?[0]?.arrayValue?.count == 2)
        let targeted = try BertProgram.run(
            "fill-mask", "--model", model, "--backend", "reference", "--target", "good", "a [MASK] film")
        #expect(try targeted.json()["predictions"]?.arrayValue?.map { $0["token_str"] } == ["good"])
        #expect(try BertProgram.run("fill-mask", "--model", model, "--top-k", "0", "a").code == 64)
    }

    @Test func `Entities of a text`() throws {
        let model = Fixtures.path("pipelines/bert-ner")
        let run = try BertProgram.run(
            "ner", "--model", model, "--backend", "reference", "--all-labels", "--aggregation", "none",
            input: Array("{\"id\": 7, \"text\": \"the dög é\"}\n".utf8))
        #expect(run.code == 0)
        let object = try run.json()
        #expect(object["id"] == 7)
        let entities = object["entities"]?.arrayValue ?? []
        #expect(entities.first?["start"] == 0)
        #expect(entities.last?["end"] == 9)
        #expect(entities.last?.objectValue?.map(\.key) == ["entity", "score", "index", "word", "start", "end"])
        let long = String(repeating: "the film ", count: 40)
        let refused = try BertProgram.run("ner", "--model", model, long)
        refused.expect(.tooManyTokens, record: 0)
        for option in ["--auto-truncate", "--stride"] { #expect(refused.errors.contains(option)) }
        let read = try BertProgram.run("ner", "--model", model, "--all-labels", "--stride", "5", long)
        #expect(read.code == 0)
        #expect(try BertProgram.run("ner", "--model", model, "--stride", "5", "--aggregation", "none", "a").code == 64)
    }

    @Test func `Answers to questions`() throws {
        let model = Fixtures.path("pipelines/bert-qa")
        let input = "{\"id\": [1], \"question\": \"who?\", \"context\": \"they é he\"}\n\n{\"question\": \"a\"}\n"
        let run = try BertProgram.run(
            "qa", "--model", model, "--backend", "reference", "--top-k", "2", input: Array(input.utf8))
        run.expect(.invalidInput, file: "standard input", key: "context", line: 3)
        let object = try run.json()
        #expect(object["id"] == [1])
        #expect(object["answers"]?.arrayValue?.count == 2)
        #expect(object["answers"]?[0]?.objectValue?.map(\.key) == ["score", "start", "end", "answer"])
        let direct = try BertProgram.run(
            "qa", "--model", model, "--backend", "reference", "--top-k", "2", "--question", "who?", "--context",
            "they é he")
        #expect(try direct.json()["answers"] == object["answers"])
        #expect(try BertProgram.run("qa", "--model", model, "--question", "who?").code == 64)
    }
}

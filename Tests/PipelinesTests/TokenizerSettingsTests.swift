import Bert
import BertJSON
import Foundation
import TestSupport
import Testing

/// Tests that the tokenizer's settings files affect pipelines as in `transformers`.
@Suite struct TokenizerSettingsTests {
    private static func folder(_ name: String) -> String { Fixtures.path("cases/\(name)/model") }

    private static func expected(_ name: String) throws -> JSONNode {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("cases/\(name)/expected.json")))
        return try JSONNode(parsing: [UInt8](bytes), source: name)
    }

    private static func json(_ value: some Encodable) throws -> JSONValue {
        try JSONValue(parsing: Array(JSONEncoder().encode(value)))
    }

    @Test("A mask token that added_tokens_decoder strips the space before it")
    func maskFlags() throws {
        let name = "mask-flags-in-two-files"
        let expected = try Self.expected(name)
        let texts = try expected.required("texts").elements().map { try $0.string() }
        let filler = try MaskFiller(folder: Self.folder(name), backend: .named("reference"))
        let results: [MaskFillings] = try filler.fill(texts, topK: 2)
        #expect(difference(try Self.json(results), try expected.required("pipeline").value) == nil)
    }

    @Test("truncation_side left keeps the end of a text")
    func truncationSide() throws {
        let name = "truncation-side-left"
        let expected = try Self.expected(name)
        let classifier = try TextClassifier(folder: Self.folder(name), backend: .named("reference"))
        let results: [TextClassification] = try classifier.classify(
            [expected.required("text").string()], options: TextOptions(truncates: true))
        let best = try #require(try expected.required("pipeline").elements().first?.elements().first)
        let result = try #require(results.first)
        #expect(result.label == (try best.required("label").string()))
        #expect(abs(result.score - (try best.required("score").double())) < 1e-5)
    }

    @Test(
        "Word pieces are known by the prefix of the file, whatever normalizes the text",
        arguments: [
            EntityAggregation.simple, .first, .average, .max,
        ])
    func aggregation(_ aggregation: EntityAggregation) throws {
        let name = "ner-wordpiece-sequence-normalizer"
        let expected = try Self.expected(name)
        let texts = try expected.required("texts").elements().map { try $0.string() }
        let classifier = try TokenClassifier(folder: Self.folder(name), backend: .named("reference"))
        let results: [[TokenEntity]] = try classifier.classify(texts, aggregation: aggregation)
        let want = try expected.required("results").required(aggregation.rawValue).value
        #expect(difference(try Self.json(results), want) == nil)
    }

    @Test("A RoBERTa with BERT's tokenizer gets the types of a pair")
    func tokenTypes() throws {
        let name = "roberta-with-bert-tokenizer-qa"
        let expected = try Self.expected(name)
        let question = try expected.required("q")
        let answerer = try QuestionAnswerer(folder: Self.folder(name), backend: .named("reference"))
        var options = AnswerOptions()
        options.topK = 3
        let results: [[Answer]] = try answerer.answer(
            [Question(question.required("question").string(), context: question.required("context").string())],
            options: options)
        #expect(difference(try Self.json(results[0]), try expected.required("answers").value) == nil)
    }

    @Test("do_lower_case of sentence-transformers leaves special tokens alone", arguments: ["plain", "query"])
    func lowerCase(_ kind: String) throws {
        let name = "lower-case-and-special-tokens"
        let expected = try Self.expected(name)
        let texts = try expected.required("texts").elements().map { try $0.string() }
        let embedder = try SentenceEmbedder(folder: Self.folder(name), backend: .named("reference"))
        let vectors: [[Float]] = try embedder.embed(texts, prompt: kind == "plain" ? .text("") : .named("query"))
        let want = try expected.required(kind).elements().map { try $0.elements().map { try $0.double() } }
        for (vector, want) in zip(vectors, want) {
            #expect(vector.count == want.count)
            for (got, want) in zip(vector, want) { #expect(abs(Double(got) - want) < 1e-4) }
        }
    }
}

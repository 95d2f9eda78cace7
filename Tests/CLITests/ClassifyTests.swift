import BertCore
import BertJSON
import TestSupport
import Testing

@Suite struct ClassifyTests {
    private static let model = Fixtures.path("models/bert-seqcls-single")
    private static let demo = Fixtures.packageFolder + "/Sources/CDemoModel/tiny-sst2-deebert"

    private func classify(_ model: String, _ arguments: String..., input: String = "") throws -> BertProgram.Run {
        try BertProgram.run(
            "classify", "--model", model, more: arguments, environment: ["BERT_QUIET": "1"], input: Array(input.utf8))
    }

    @Test func `An early exit is told with its layer`() throws {
        let run = try classify(Self.demo, "a charming journey", "--exit-entropy", "0.3")
        #expect(run.code == 0)
        #expect(run.errors == "")
        let object = try JSONValue(parsing: run.output)
        #expect(object.objectValue?.keys == ["index", "label", "score", "exit_layer"])
        #expect(object["label"] == "positive")
    }

    @Test func `Lines and pairs keep their order and their ids`() throws {
        let run = try classify(
            Self.model,
            input: """
                "a great movie"
                {"id": "b", "text": "a great film", "text_pair": "it is good"}
                """)
        #expect(run.code == 0)
        let objects = try run.lines.map { try JSONValue(parsing: $0) }
        #expect(objects.map { $0["index"]?.intValue } == [0, 1])
        #expect(objects.map { $0["id"] } == [nil, "b"])
        #expect(objects.allSatisfy { $0["exit_layer"] == nil })
        let alone = try classify(Self.model, "a great movie").json()
        let (got, want) = (objects[0]["score"]?.doubleValue ?? 0, alone["score"]?.doubleValue ?? 1)
        #expect(abs(got - want) < 1e-6)
    }

    @Test func `All labels come best first`() throws {
        let labels = try classify(Self.model, "--all", "it is slow", "--output-format", "json").json()[0]?["labels"]
        let scores = (labels?.arrayValue ?? []).compactMap { $0["score"]?.doubleValue }
        #expect(scores.count == 3)
        #expect(scores == scores.sorted(by: >))
        #expect(abs(scores.reduce(0, +) - 1) < 1e-9)
        let two = try classify(Self.model, "--top-k", "2", "it is slow").json()["labels"]?.arrayValue
        #expect(two?.count == 2)
    }

    @Test func `A text that is too long stops the run with its place, after those before it`() throws {
        let run = try classify(Self.model, "fine", String(repeating: "movie ", count: 60))
        #expect(run.lines.count == 1)
        run.expect(.tooManyTokens, record: 1)
    }

    @Test func `What can't be asked for is said`() throws {
        #expect(try classify(Self.model, "--top-k", "0", "x").code == 64)
        #expect(try classify(Self.model, "--function", "tanh", "x").errors.contains("sigmoid, softmax, none"))
        let early = try classify(Self.model, "--exit-layer", "1", "x")
        early.expect(.invalidArgument)
    }
}

import BertJSON
import Testing

@Suite struct DemoTests {
    @Test func `The demo needs nothing but the program`() throws {
        let run = try BertProgram.run("demo", environment: .hidden)
        #expect(run.code == 0)
        #expect(run.lines[0].hasPrefix("sentence "))
        #expect(run.lines.count == 8)
        #expect(run.lines.last?.hasSuffix("(simd).") == true)
        #expect(!run.output.contains("\u{1b}"))
    }

    @Test func `Easy sentences leave early, hard ones late, and the answers are right`() throws {
        let run = try BertProgram.run(
            "demo", "--json", "A truly awful film.", "A truly wonderful film.", environment: ["BERT_QUIET": "1"])
        #expect(run.code == 0)
        #expect(run.errors == "")
        let objects = try run.lines.map { try JSONValue(parsing: $0) }
        #expect(
            objects.map { $0["label"]?.stringValue } == [
                "positive", "negative", "negative", "negative", "positive", "positive", "negative", "positive",
            ])
        #expect(objects.prefix(6).map { $0["exit_layer"]?.intValue } == [1, 1, 3, 3, 3, 6])
        #expect(objects.last?["text"] == "A truly wonderful film.")
        for object in objects {
            let layer = try #require(object["exit_layer"]?.doubleValue)
            #expect(object["layers"] == 6)
            #expect(object["saved"]?.doubleValue == 1 - layer / 6)
        }
    }

    @Test func `With threshold 0 every layer runs`() throws {
        let run = try BertProgram.run("demo", "--threshold", "0", "--json", environment: ["BERT_QUIET": "1"])
        #expect(
            try run.lines.map { try JSONValue(parsing: $0)["exit_layer"]?.intValue } == Array(repeating: 6, count: 6))
        #expect(try BertProgram.run("demo", "--threshold", "-1").code == 64)
        #expect(try BertProgram.run("demo", "--threshold=nan").code == 64)
    }
}

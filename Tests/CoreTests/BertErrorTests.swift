import BertCore
import Testing

@Suite struct BertErrorTests {
    private struct Other: Error, CustomStringConvertible { let description = "no such thing" }

    @Test(arguments: [
        (BertError(.invalidInput, "is empty"), "is empty"),
        (BertError(.invalidInput, "is empty", record: 3), "record 3: is empty"),
        (BertError(.invalidInput, "is empty", record: 3, of: "text"), "text 3: is empty"),
        (BertError(.invalidInput, "is empty", record: 3, file: "a.jsonl", line: 4), "a.jsonl, line 4: is empty"),
        (
            BertError(.invalidInput, "is empty", file: "a.json", line: 4, column: 7),
            "a.json, line 4, column 7: is empty"
        ),
        (BertError(.invalidInput, "is empty", record: 3, of: "element", file: "a.json"), "a.json, element 3: is empty"),
        (
            BertError(.invalidConfiguration, "must be at least 1", file: "config.json", key: "num_labels", value: 0),
            "config.json: num_labels: must be at least 1"
        ),
        (BertError(.invalidInput, "can't be read", file: "a", cause: Other()), "a: can't be read: no such thing"),
        (BertError(.invalidInput, "", file: "a", cause: Other()), "a: no such thing"),
    ])
    func `The description begins with the place`(error: BertError, words: String) {
        #expect(error.description == words)
    }

    @Test func `A package has codes of its own`() {
        let code = BertError.Code("quotaExceeded")
        #expect(BertError(code, "x").code == BertError.Code("quotaExceeded"))
        #expect(code != .overloaded)
        #expect("\(code)" == "quotaExceeded")
    }

    @Test func `Adding fields keeps those that are there`() {
        let error = BertError(.invalidInput, "x", record: 3, line: 2).adding(
            record: 9, of: "text", file: "f", key: "k", line: 8, column: 1)
        #expect(error.record == 3)
        #expect(error.recordKind == nil)
        #expect(error.file == "f")
        #expect(error.key == "k")
        #expect(error.line == 2)
        #expect(error.column == 1)
        #expect(error.message == "x")
    }

    @Test func `Values are numbers or texts`() {
        let error = BertError(.tooManyTokens, "x", value: 600, limit: "512")
        #expect(error.value == 600)
        #expect(error.value == .int(600))
        #expect(error.limit == .string("512"))
        #expect(error.limit != 512)
    }

    @Test func `A context adds to what is thrown in it`() throws {
        let inner = try #require(throws: BertError.self) {
            try BertError.context(file: "f") { throw BertError(.malformedFile, "x", key: "k") }
        }
        #expect(inner.code == .malformedFile)
        #expect(inner.file == "f")
        #expect(inner.key == "k")
        let other = try #require(throws: BertError.self) {
            try BertError.context(.malformedFile, record: 2, of: "text") { throw Other() }
        }
        #expect(other.code == .malformedFile)
        #expect(other.record == 2)
        #expect(other.recordKind == "text")
        #expect(other.cause is Other)
    }

    @Test func `A context leaves cancellation and missing backends alone`() throws {
        #expect(throws: CancellationError.self) { try BertError.context(file: "f") { throw CancellationError() } }
        let registry = try BackendRegistry.of([.missing("away")])
        #expect(throws: BackendUnavailableError.self) {
            try BertError.context(file: "f") { try registry.backend("away") }
        }
        #expect(try BertError.context(file: "f") { 7 } == 7)
    }
}

import BertJSON
import Foundation
import TestSupport
import Testing

/// Tests `--format json`, with a single array that is read one element at a time.
@Suite struct JSONArrayTests {
    private func tokenize(_ text: String, _ more: String...) throws -> BertProgram.Run {
        try BertProgram.run(
            "tokenize", "--model", EmbedTests.model, "--format", "json", more: more, input: Array(text.utf8))
    }

    @Test(arguments: [
        ("[]", 0), (" [ ] \n", 0), ("[\"a\"]", 1), ("\n[ \"a\" ,{\"text\":\"[,]\\\"}\"},\r\n\t\"\\\\\"]\n", 3),
        (#"[{"text":"a","more":[[1,{"x":"]"}],{}],"id":[{"n":"\\"}]}, "b"]"#, 2),
    ])
    func `Its elements are records`(text: String, count: Int) throws {
        let run = try tokenize(text)
        #expect(run.code == 0 && run.errors == "", "\(run.errors)")
        #expect(try run.lines.map { try JSONValue(parsing: $0)["index"]?.intValue } == Array(0..<count))
    }

    @Test(arguments: [
        ("", 0, "standard input: is empty"), ("{}", 0, "standard input: is not a JSON array"),
        ("[\"a\"", 0, "line 1, column 5: the file ends before the array's end"),
        ("[\"a\",\n\"b", 1, "line 2, column 3: the file ends inside a string"),
        ("[\"a\"]\n x", 1, "line 2, column 2: unexpected data after the array"),
        ("[\"a\",]", 1, "element 1, line 1, column 6: the text ends; expected a value"),
        ("[\"a\"\n \"b\"]", 0, "element 0, line 2, column 2: expected the end of the text"),
        ("[\"a\",\n {\"text\":\n 1x}]", 1, "element 1, line 3, column 3: expected a comma or a closing brace"),
        ("[\"a\", }, \"b\"]", 1, "element 1, line 1, column 7: "),
        ("[\"a\", 3]", 1, "element 1: neither a JSON string"),
    ])
    func `What is none is named by its place, after the results before it`(
        text: String, count: Int, words: String
    ) throws {
        let run = try tokenize(text)
        #expect(run.code == 1)
        #expect(run.lines.count == count)
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test func `A bad element is one error`() throws {
        let run = try tokenize("[\"a\", {\"text\":}, [1, \"b\"], \"c\"]", "--on-error", "emit")
        #expect(run.code == 0)
        let objects = try run.lines.map { try JSONValue(parsing: $0) }
        #expect(objects.map { $0["error"] != nil } == [false, true, true, false])
    }
}

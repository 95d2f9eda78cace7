import BertCore
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

    @Test(
        arguments: [
            // The text, the number of results, and the element, line and column of the error.
            ("", 0, nil, nil), ("{}", 0, nil, nil), ("[\"a\"", 0, nil, (1, 5)), ("[\"a\",\n\"b", 1, nil, (2, 3)),
            ("[\"a\"]\n x", 1, nil, (2, 2)), ("[\"a\",]", 1, 1, (1, 6)), ("[\"a\"\n \"b\"]", 0, 0, (2, 2)),
            ("[\"a\",\n {\"text\":\n 1x}]", 1, 1, (3, 3)), ("[\"a\", }, \"b\"]", 1, 1, (1, 7)),
            ("[\"a\", 3]", 1, 1, nil),
        ] as [(String, Int, Int?, (Int, Int)?)])
    func `What is none is named by its place, after the results before it`(
        text: String, count: Int, element: Int?, place: (line: Int, column: Int)?
    ) throws {
        let run = try tokenize(text)
        #expect(run.lines.count == count)
        run.expect(
            .invalidInput, record: element, file: "standard input", line: place?.line, column: place?.column)
    }

    @Test func `A bad element is one error`() throws {
        let run = try tokenize("[\"a\", {\"text\":}, [1, \"b\"], \"c\"]", "--on-error", "emit")
        #expect(run.code == 0)
        let objects = try run.lines.map { try JSONValue(parsing: $0) }
        #expect(objects.map { $0["error"] != nil } == [false, true, true, false])
    }
}

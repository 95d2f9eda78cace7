import BertCore
import BertJSON
import Foundation
import TestSupport
import Testing

/// Tests the input and output formats of jobs other than JSON Lines.
@Suite struct JobFormatTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ text: String, to name: String) throws -> String {
        try folder.write(Array(text.utf8), to: name)
    }

    private func run(_ name: String, _ arguments: String..., more: [String] = []) throws -> BertProgram.Run {
        let verb = JobVerb.all.first { $0.name == name }
        let model =
            verb?.model ?? (name == "rerank" ? Fixtures.path("models/bert-seqcls-regression") : EmbedTests.model)
        return try BertProgram.run(
            name, "--model", model, more: arguments + more,
            environment: ["BERT_QUIET": "1", "BERT_BACKEND": "reference"])
    }

    static let questions: [(String, String)] = [
        ("q.csv", "n,ask,body\n7,what was it?,\"it was \"\"great\"\"\"\n8,who?,they\n"),
        ("q.tsv", "ask\tn\tbody\nwhat was it?\t7\tit was \"great\"\nwho?\t8\tthey\n"),
        ("q.json", #"[{"ask":"what was it?","body":"it was \"great\"","n":"7"},{"n":"8","ask":"who?","body":"they"}]"#),
        (
            "q.jsonl",
            #"{"ask":"what was it?","body":"it was \"great\"","n":"7"}"# + "\n"
                + #"{"n":"8","ask":"who?","body":"they"}"#
        ),
    ]

    @Test(arguments: questions)
    func `Questions are read from tables and arrays`(name: String, text: String) throws {
        let run = try run(
            "qa", "--input", write(text, to: name), "--question-field", "ask", "--context-field", "body", "--id-field",
            "n")
        #expect(run.code == 0, "\(run.errors)")
        let objects = try run.lines.map { try JSONValue(parsing: $0) }
        #expect(objects.map { $0["id"] } == ["7", "8"])
        for (object, question) in zip(objects, [("what was it?", "it was \"great\""), ("who?", "they")]) {
            let alone = try self.run("qa", "--question", question.0, "--context", question.1).json()
            #expect(object["answers"]?[0]?["answer"] == alone["answers"]?[0]?["answer"])
        }
    }

    @Test func `A table without a context, and a text without one, are mistakes`() throws {
        let input = try write("question,text\na,b\n", to: "q.csv")
        let run = try run("qa", "--input", input)
        run.expect(.invalidInput, file: input, line: 1, value: "context", choices: ["question", "text"])
        #expect(try self.run("qa", "--input", input, "--format", "text").code == 64)
        #expect(try self.run("qa", "--input", input, "--question", "a", "--context", "b").code == 64)
        #expect(try self.run("classify", "a", "--output-format", "npy").code == 64)
        #expect(
            try self.run("classify", "a", "--output", "\(folder.path)/o", "--output-format", "json", "--resume").code
                == 64)
    }

    @Test func `Texts of many groups are ranked together, what has no score comes last`() throws {
        let words = ["a great film", "it is slow", "a bad plot", "the end", "they watched it"]
        let texts = (0..<600).map {
            "{\"id\":\($0),\"text\":\"\(words[$0 % 5]) \(String(repeating: "good ", count: $0 % 7))\"}\n"
        }
        let input = try write(texts.joined() + "{}\n", to: "t.jsonl")
        let output = folder.path + "/out.jsonl"
        let run = try run(
            "rerank", "--query", "is it good?", "--input", input, "--output", output, "--on-error", "emit")
        #expect(run.code == 0 && run.output == "", "\(run.errors)")
        let lines = try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n").map(String.init)
        let objects = try lines.map { try JSONValue(parsing: $0) }
        #expect(objects.last?["error"] != nil && objects.last?["index"] == 600)
        let scores = objects.compactMap { $0["score"]?.doubleValue }
        #expect(scores.count == 600 && scores == scores.sorted(by: >))
        #expect(objects.dropLast().allSatisfy { $0["id"] == $0["index"] })
        #expect(Set(objects.compactMap { $0["index"]?.intValue }).count == 601)
        let best = try self.run(
            "rerank", "--query", "is it good?", "--input", input, "--on-error", "emit", "--top-k", "3")
        #expect(best.lines == Array(lines.prefix(3)) + [lines[600]])
    }

    @Test(arguments: [["embed", "--pooling", "mean", "--output-format", "npy"], ["tokenize", "--padding", "longest"]])
    func `A pipe has the bytes of a file, though they depend on its end`(arguments: [String]) throws {
        let lines = (0..<520).map { "\"\(String(repeating: "cat ", count: $0 % 9))\"\n" }
        let input = try write(lines.joined(), to: "in.jsonl")
        let (file, pipe) = (folder.path + "/file", folder.path + "/pipe")
        let verb = [BertProgram.path] + arguments + ["--model", EmbedTests.model]
        let run = try BertProgram.run(
            "-c",
            """
            input=$1 file=$2 pipe=$3; shift 3
            "$@" --input "$input" --output "$file" && cat "$input" | "$@" | cat > "$pipe" && cmp "$file" "$pipe"
            """, "sh", input, file, pipe, more: verb, program: "/bin/sh",
            environment: ["BERT_QUIET": "1", "BERT_BACKEND": "reference"])
        #expect(run.code == 0, "\(run.errors)\(run.output)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: pipe)).count > 10_000)
    }

    @Test(arguments: [("t.csv", "\r\n"), ("t.csv", "\n"), ("t.tsv", "\n")])
    func `A quoted empty field is a row of a table with one column, and an empty line is none`(
        name: String, end: String
    ) throws {
        let input = try write(["text", "a", "\"\"", "", "b", "\"\""].joined(separator: end), to: name)
        let run = try run("tokenize", "--input", input, more: name.hasSuffix("tsv") ? ["--quote"] : [])
        #expect(run.code == 0, "\(run.errors)")
        let objects = try run.lines.map { try JSONValue(parsing: $0) }
        #expect(objects.map { $0["ids"]?.arrayValue?.count } == [3, 2, 3, 2])
    }

    @Test func `A matrix is written to a file`() throws {
        let output = folder.path + "/matrix"
        let run = try run("similarity", "--pooling", "mean", "a cat", "a dog", "--output", output)
        let direct = try self.run("similarity", "--pooling", "mean", "a cat", "a dog")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output == "" && direct.lines.count == 2)
        #expect(try String(contentsOfFile: output, encoding: .utf8) == direct.output)
    }
}

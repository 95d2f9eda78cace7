import BertCore
import BertJSON
import Foundation
import TestSupport
import Testing

/// Tests jobs with input and output files.
@Suite struct JobTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func arguments(_ more: [String]) -> [String] {
        ["embed", "--model", EmbedTests.model, "--pooling", "mean", "--backend", "reference"] + more
    }

    private func embed(_ more: String..., input: [UInt8] = []) throws -> BertProgram.Run {
        try BertProgram.run(more: arguments(more), environment: ["BERT_QUIET": "1"], input: input)
    }

    private func write(_ text: String, to name: String) throws -> String {
        try folder.write(Array(text.utf8), to: name)
    }

    private func lines(_ count: Int) -> String {
        (0..<count).map { "{\"id\":\($0),\"text\":\"\(String(repeating: "cat ", count: $0 % 3))\($0)\"}\n" }.joined()
    }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    static let tables: [(String, String)] = [
        ("a.csv", "id,text\r\n7,\"a \"\"big\"\"\r\ncat, sat\"\r\n8,dog\r\n"), ("a.tsv", "text\tid\na cat\t7\ndog\t8\n"),
        ("a.json", #"[{"text":"a cat","id":"7"}, {"text":"dog","id":"8"}]"#),
        ("a.jsonl", "{\"text\":\"a cat\",\"id\":\"7\"}\n{\"text\":\"dog\",\"id\":\"8\"}"),
    ]

    @Test(arguments: tables)
    func `Every format of input gives texts and ids`(name: String, text: String) throws {
        let run = try embed("--input", write(text, to: name))
        #expect(run.code == 0, "\(run.errors)")
        let objects = try run.lines.map { try JSONValue(parsing: $0) }
        #expect(objects.map { $0["id"]?.stringValue } == ["7", "8"])
    }

    @Test func `Fields of CSV keep their quotes and line breaks`() throws {
        let table = try embed("--input", write("n,body\n1,\"a \"\"b\"\"\nc\"\n", to: "t.csv"), "--text-field", "body")
        let line = try embed(input: Array(#""a \"b\"\nc""#.utf8))
        #expect(table.code == 0, "\(table.errors)")
        #expect(table.output == line.output)
    }

    @Test func `Plain text is a text a line, its number not one of JSON`() throws {
        let run = try embed("--input", write("one\n42\n", to: "t.txt"))
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.lines.count == 2)
    }

    private static func bad(
        record: Int? = nil, key: String? = nil, line: Int? = nil, column: Int? = nil, value: BertError.Value? = nil,
        limit: BertError.Value? = nil, choices: [String]? = nil
    ) -> BertError {
        BertError(
            .invalidInput, "", record: record, key: key, line: line, column: column, value: value, limit: limit,
            choices: choices)
    }

    static let badTables: [(String, String, BertError)] = [
        ("t.csv", "a,b\n1,2\n", bad(line: 1, value: "text", choices: ["a", "b"])),
        ("t.csv", "text\na\nb,c\n", bad(line: 3, value: 2, limit: 1)), ("t.csv", "text\na\n\"b\n", bad(line: 3)),
        ("t.csv", "text\n\"a\"b\n", bad(line: 2)), ("t.json", "{}", bad()),
        ("t.json", "[\"a\", 3]", bad(record: 1, key: "text")),
        ("t.jsonl", #""a"\#n"b"\#n"c"\#n"d"\#n"e"\#n"f"\#n{"text":}"#, bad(line: 7, column: 9)),
        ("t.jsonl", #""\ud800""#, bad(line: 1, column: 2)), ("t.jsonl", "\"a\0b\"", bad(line: 1, column: 3)),
        ("t.jsonl", #"{"text":4}"#, bad(key: "text", line: 1)),
    ]

    @Test(arguments: badTables)
    func `What can't be read is an error with its line`(name: String, text: String, error: BertError) throws {
        let input = try write(text, to: name)
        try embed("--input", input).expect(
            error.code, record: error.record, file: input, key: error.key, line: error.line, column: error.column,
            value: error.value, limit: error.limit, choices: error.choices)
    }

    @Test func `Errors can be emitted in the place of results`() throws {
        let long = String(repeating: "cat ", count: 100)
        let run = try embed("--on-error", "emit", input: Array("\"a\"\n{}\n\"\(long)\"\n\"b\"\n".utf8))
        #expect(run.code == 0)
        let objects = try run.lines.map { try JSONValue(parsing: $0) }
        #expect(objects.map { $0["index"]?.intValue } == [0, 1, 2, 3])
        #expect(objects.map { $0["embedding"] != nil } == [true, false, false, true])
        #expect(objects[1]["error"]?.stringValue?.hasPrefix("standard input, line 2: text: ") == true)
        #expect(try embed("--on-error", "emit", "--output-format", "npy", "a").code == 64)
    }

    @Test func `An output file is the output, and nothing stays beside it`() throws {
        for (format, count) in [("jsonl", 520), ("json", 20), ("text", 20), ("npy", 520)] {
            // Lines are read in groups of 512.
            let input = try write(lines(count), to: "in.jsonl")
            let output = "\(folder.path)/out.\(format)"
            let run = try embed("--input", input, "--output", output, "--output-format", format)
            #expect(run.code == 0, "\(run.errors)")
            #expect(!exists(output + ".bert-job"))
            let bytes = try Data(contentsOf: URL(fileURLWithPath: output))
            if format == "npy" {
                #expect(bytes.count == 128 + count * 32 * 4)
                #expect(String(decoding: bytes[..<128], as: UTF8.self).contains("'shape': (\(count), 32)"))
            } else {
                #expect(bytes == Data(try embed("--input", input, "--output-format", format).output.utf8))
            }
        }
    }

    @Test func `The input is not written over, nor is a folder or a missing one written`() throws {
        let text = lines(3)
        let input = try write(text, to: "in.jsonl")
        try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/link", withDestinationPath: input)
        let run = try embed("--input", input, "--output", "\(folder.path)/link")
        run.expect(.invalidArgument, file: "\(folder.path)/link")
        #expect(try String(contentsOfFile: input, encoding: .utf8) == text)
        for output in [folder.path, "\(folder.path)/no/out"] {
            let run = try embed("--input", input, "--output", output)
            run.expect(.fileNotReadable, file: output)
        }
        try embed("--input", "\(folder.path)/no").expect(.fileNotReadable, file: "\(folder.path)/no")
        #if os(Linux)
            let full = try embed("--input", input, "--output", "/dev/full")
            full.expect(.fileNotReadable, file: "/dev/full")
        #endif
    }

    /// Starts a job, and ends it with a signal as soon as its output isn't empty.
    private func interrupted(_ signal: Int32, _ input: String, _ output: String) throws -> (code: Int32, errors: String)
    {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: BertProgram.path)
        process.arguments = arguments(["--input", input, "--output", output])
        let errors = Pipe()
        process.standardError = errors
        try process.runInterruptible()
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        for _ in 0..<6_000 where process.isRunning {
            let size = try? FileManager.default.attributesOfItem(atPath: output)[.size] as? Int
            if let size, size > 100_000 { break }
            usleep(5_000)
        }
        kill(process.processIdentifier, signal)
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus, text)
    }

    @Test(arguments: [SIGKILL, SIGINT])
    func `A job that was ended in the middle is resumed to the same bytes`(signal: Int32) throws {
        let input = try write(lines(1_100), to: "in.jsonl")
        let (output, whole) = ("\(folder.path)/out.jsonl", "\(folder.path)/whole.jsonl")
        let (code, errors) = try interrupted(signal, input, output)
        #expect(code == (signal == SIGKILL ? -SIGKILL : 128 + signal))
        #expect(exists(output + ".bert-job"))
        let written = try Data(contentsOf: URL(fileURLWithPath: output)).filter { $0 == 0x0a }.count
        #expect(written > 0 && written < 1_100)
        if signal != SIGKILL {
            #expect(errors.contains("interrupted: \(written) results are written to "), "\(errors)")
        }
        // An incomplete line.
        let file = try #require(FileHandle(forWritingAtPath: output))
        try file.seekToEnd()
        try file.write(contentsOf: Data("{\"index\":".utf8))
        try file.close()
        let other = try embed("--input", input, "--output", output, "--resume", "--no-normalize", "--auto-truncate")
        other.expect(.invalidArgument, file: output + ".bert-job")
        #expect(other.error?.key?.hasPrefix("auto-truncate") == true, "\(other.errors)")
        let resumed = try embed("--input", input, "--output", output, "--resume")
        #expect(resumed.code == 0, "\(resumed.errors)")
        #expect(try embed("--input", input, "--output", whole).code == 0)
        #expect(FileManager.default.contentsEqual(atPath: output, andPath: whole))
        #expect(!exists(output + ".bert-job"))
        let again = try embed("--input", input, "--output", output, "--resume")
        again.expect(.invalidArgument, file: output, key: "--resume")
        #expect(FileManager.default.contentsEqual(atPath: output, andPath: whole))
    }

    @Test func `Only jobs from file to file are resumed`() throws {
        #expect(try embed("--resume", "a").code == 64)
        #expect(try embed("--resume", "--output", "\(folder.path)/o", "--output-format", "npy", "a").code == 64)
        let run = try embed("--resume", "--output", "\(folder.path)/o", "a")
        run.expect(.invalidArgument, key: "--resume")
    }

    #if os(Linux)
        @Test(arguments: [["embed", "--pooling", "mean"], ["classify", "--exit-entropy", "0.3"]])
        func `Progress is shown on a terminal and nowhere else`(verb: [String]) throws {
            let input = try write(lines(4), to: "in.jsonl")
            let leavesEarly = verb[0] == "classify"
            let model = leavesEarly ? Fixtures.path("models/deebert") : EmbedTests.model
            let options = [
                "--model", model, "--backend", "reference", "--input", "-", "--output", "\(folder.path)/out",
            ]
            let program = ([BertProgram.path] + verb + options).map { "'\($0)'" }.joined(separator: " ")
            // Regardless of the machine's speed, the second half starts more than a second after the job.
            let wait = "until [ -s '\(folder.path)/out' ]; do sleep 0.1; done; sleep 1.2"
            let text = "(head -n 2 '\(input)'; \(wait); tail -n 2 '\(input)')"
            let command = "rm -f '\(folder.path)/out'; \(text) | \(program)"
            let terminal = try BertProgram.run("-qec", command, "/dev/null", program: "/usr/bin/script")
            #expect(terminal.code == 0)
            #expect(terminal.output.contains("4 done, "), "\(terminal.output)")
            #expect(terminal.output.contains(", mean exit layer ") == leavesEarly, "\(terminal.output)")
            let pipe = try BertProgram.run("-c", command, program: "/bin/sh")
            #expect(pipe.errors == "")
        }
    #endif
}

/// Tests models with ids on the hub.
@Suite struct HubCacheTests {
    @Test func `A model of the cache is found by its id and revision`() throws {
        let cache = try TemporaryFolder()
        let base = cache.path + "/models--org--tiny"
        try FileManager.default.createDirectory(atPath: base + "/refs", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: base + "/snapshots", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: base + "/snapshots/0123abcd", withDestinationPath: EmbedTests.model)
        _ = try cache.write(Array("0123abcd\n".utf8), to: "models--org--tiny/refs/main")
        func embed(_ more: String...) throws -> BertProgram.Run {
            try BertProgram.run(
                "embed", "--pooling", "mean", "--backend", "reference", "a", more: more,
                environment: ["HF_HUB_CACHE": cache.path])
        }
        let byFolder = try embed("--model", EmbedTests.model)
        for more in [[], ["--revision", "main"], ["--revision", "0123abcd"]] {
            let run = try BertProgram.run(
                "embed", "--pooling", "mean", "--backend", "reference", "a", "--model", "org/tiny", more: more,
                environment: ["HF_HUB_CACHE": cache.path])
            #expect(run.code == 0, "\(run.errors)")
            #expect(run.output == byFolder.output)
        }
        let missing = try embed("--model", "org/other", "--revision", "v2")
        missing.expect(.fileNotReadable, value: "org/other")
        #expect(missing.errors.contains("bert download org/other --revision v2"))
        try embed("--model", EmbedTests.model, "--revision", "main").expect(.invalidArgument, key: "--revision")
        #expect(try embed("--model", "org/tiny", "--revision", "../x").code == 1)
        #expect(try BertProgram.run("inspect", "org/tiny", environment: ["HF_HUB_CACHE": cache.path]).code == 0)
    }
}

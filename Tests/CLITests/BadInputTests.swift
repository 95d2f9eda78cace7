import BertCore
import BertJSON
import Foundation
import TestSupport
import Testing

/// Tests that errors of inputs and outputs name their position, and that incomplete files can't be mistaken for
/// complete ones.
@Suite struct BadInputTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static func verb(_ name: String) -> JobVerb { JobVerb.all.first { $0.name == name } ?? JobVerb.all[0] }

    private func run(_ verb: JobVerb, _ more: String...) throws -> BertProgram.Run {
        try BertProgram.run(more: verb.arguments + more, environment: ["BERT_QUIET": "1"])
    }

    private func write(_ text: String, to name: String) throws -> String {
        try folder.write(Array(text.utf8), to: name)
    }

    @Test func `A line of ten megabytes is too long for the model, not for the program`() throws {
        let input = try write("\"\(String(repeating: "cat ", count: 10 << 18))\"\n\"b\"\n", to: "t.jsonl")
        let run = try run(Self.verb("embed"), "--input", input, "--on-error", "emit")
        #expect(run.code == 0)
        let objects = try run.lines.map { try JSONValue(parsing: $0) }
        #expect(objects.map { $0["error"] != nil } == [true, false])
        #expect(objects[0]["error"]?.stringValue?.hasPrefix("\(input), line 1: ") == true)
        try self.run(Self.verb("embed"), "--input", input).expect(.tooManyTokens, file: input, line: 1, limit: 40)
    }

    @Test(arguments: ["classify", "zero-shot"])
    func `A word of ten megabytes is a word`(name: String) throws {
        let input = try write("\"\(String(repeating: "c", count: 10 << 20))\"\n\"b\"\n", to: "t.jsonl")
        let run = try run(Self.verb(name), "--input", input)
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.lines.count == 2)
    }

    /// The text from line 7 on, with `%` for an invalid byte, and the expected place after the line number.
    private static let badLines: [(line: String, place: String)] = [
        (#"{"text":}"#, ", column 9: "), (#"{"texts":"a"}"#, ": "),
        (#"{"text":4,"question":[],"context":""}"#, ": "), ("{\"text\":\"a\0b\"}", ", column 11: "),
        (#"{"text":"\ud800"}"#, ", column 10: "), (#"{"text":"\udc00 \ud800"}"#, ", column 10: "),
        ("{\"text\":\"%\"}", ", column 10: "),
    ]

    @Test(arguments: ["classify", "qa", "tokenize"])
    func `A bad line is named by its number`(name: String) throws {
        var verb = Self.verb(name)
        if name == "tokenize" { verb.options = [] }
        let lines = Array(repeating: "{\(verb.record)}", count: 6) + Self.badLines.map(\.line)
        let bytes = lines.joined(separator: "\n").utf8.map { $0 == UInt8(ascii: "%") ? 0xff : $0 }
        let input = try folder.write(bytes, to: "t.jsonl")
        let emitted = try run(verb, "--input", input, "--on-error", "emit")
        #expect(emitted.code == 0)
        let errors = try emitted.lines.map { try JSONValue(parsing: $0)["error"]?.stringValue }
        #expect(errors.count == lines.count)
        #expect(errors.prefix(6).allSatisfy { $0 == nil })
        for (number, (error, bad)) in zip(errors.dropFirst(6), Self.badLines).enumerated() {
            #expect(error?.hasPrefix("\(input), line \(7 + number)\(bad.place)") == true, "\(error ?? "none")")
        }
        let failed = try run(verb, "--input", input)
        #expect(failed.lines.count == 6)
        failed.expect(.invalidInput, file: input, line: 7, column: 9)
        #expect(failed.error?.message == errors[6])
    }

    @Test func `An escaped NUL is a character`() throws {
        let input = try write(#"{"text":"a great\u0000 film"}"#, to: "t.jsonl")
        for name in ["classify", "tokenize"] {
            var verb = Self.verb(name)
            if name == "tokenize" { verb.options = [] }
            let run = try run(verb, "--input", input)
            #expect(run.code == 0 && run.lines.count == 1, "\(run.errors)")
        }
    }

    @Test(arguments: ["classify", "qa"])
    func `An output that can't be written, and one that is the input, are errors`(name: String) throws {
        let verb = Self.verb(name)
        let text = "{\(verb.record)}\n"
        let input = try write(text, to: "in.jsonl")
        let same = try run(verb, "--input", input, "--output", input)
        same.expect(.invalidArgument, file: input)
        #expect(try String(contentsOfFile: input, encoding: .utf8) == text)
        let missing = try run(verb, "--input", input, "--output", "\(folder.path)/no/out")
        missing.expect(.fileNotReadable, file: "\(folder.path)/no/out")
        #if os(Linux)
            let full = try run(verb, "--input", input, "--output", "/dev/full")
            full.expect(.fileNotReadable, file: "/dev/full")
        #endif
    }

    @Test(arguments: ["embed", "classify"])
    func `A reader that goes away ends a job with 141`(name: String) throws {
        let verb = Self.verb(name)
        let run = try BertProgram.run(
            "-c", "yes \"$1\" | head -n 3000 | \"${@:2}\" | head -n 1 > /dev/null; echo \"${PIPESTATUS[2]}\"", "bash",
            more: ["{\(verb.record)}", BertProgram.path] + verb.arguments, program: "/bin/bash",
            environment: ["BERT_QUIET": "1"])
        #expect(run.output == "141\n")
        #expect(run.errors.hasPrefix("bert: standard output was closed by its reader: "), "\(run.errors)")
    }

    #if os(Linux)
        /// A shell with permission to mount file systems in its own namespace.
        private static let mounting = ["-rm", "/bin/sh", "-c"]
        static let canMount =
            (try? BertProgram.run(more: mounting + ["mount -t tmpfs none /mnt"], program: "/usr/bin/unshare").code) == 0

        @Test(.enabled(if: canMount, "a small file system has to be mounted"), arguments: ["embed", "classify"])
        func `A disk that gets full ends a job, which goes on when there is room`(name: String) throws {
            let verb = Self.verb(name)
            let id = String(repeating: "x", count: 2_000)
            let lines = (0..<200).map { "{\"id\":\"\($0)\(id)\",\(verb.record)}\n" }
            let input = try write(lines.joined(), to: "in.jsonl")
            let script = """
                disk=$1 whole=$2; shift 2
                mount -t tmpfs -o size=256k none "$disk" || exit 99
                "$@" --output "$disk/out"; echo "$?"
                test -e "$disk/out.bert-job"; echo "$?"
                mount -o remount,size=4m "$disk" || exit 99
                "$@" --output "$disk/out" --resume; echo "$?"
                test -e "$disk/out.bert-job"; echo "$?"
                "$@" --output "$whole" && cmp "$disk/out" "$whole"; echo "$?"
                """
            let disk = folder.path + "/disk"
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
            let run = try BertProgram.run(
                more: Self.mounting + [script, "sh", disk, folder.path + "/whole", BertProgram.path] + verb.arguments
                    + ["--input", input],
                program: "/usr/bin/unshare", environment: ["BERT_QUIET": "1"])
            #expect(run.error?.code == .fileNotReadable && run.error?.file == "\(disk)/out", "\(run.errors)")
            #expect(run.lines == ["1", "0", "0", "1", "0"])
        }
    #endif
}

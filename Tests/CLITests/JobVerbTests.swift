import BertCore
import BertJSON
import Foundation
import TestSupport
import Testing

/// Tests jobs of all commands that process a record per line.
@Suite struct JobVerbTests {
    private let folder: TemporaryFolder
    private let output: String
    private var record: String { output + ".bert-job" }

    init() throws {
        folder = try TemporaryFolder()
        output = folder.path + "/out"
    }

    private func run(_ verb: JobVerb, model: String? = nil, _ more: String...) throws -> BertProgram.Run {
        var arguments = verb.arguments + more
        if let model { arguments[2] = model }
        return try BertProgram.run(more: arguments, environment: ["BERT_QUIET": "1"])
    }

    /// Runs a job that is killed during a write after some groups, by a limit on the file size.
    private func kill(_ verb: JobVerb, _ input: String) throws {
        let kilobytes = verb.arguments.contains("text") ? 48 : 256
        let run = try BertProgram.run(
            "-c", "ulimit -c 0; ulimit -f \(kilobytes); \"$@\"", "bash", BertProgram.path,
            more: verb.arguments + ["--input", input, "--output", output], program: "/bin/bash",
            environment: ["BERT_QUIET": "1"])
        #expect(run.code != 0)
        let size = try FileManager.default.attributesOfItem(atPath: output)[.size] as? Int
        #expect(size == kilobytes << 10)
        #expect(FileManager.default.fileExists(atPath: record))
    }

    @Test(arguments: JobVerb.all)
    func `A job that was killed goes on to the same bytes, and does nothing again`(verb: JobVerb) throws {
        // With long ids, a group has few lines.
        let id = String(repeating: "x", count: 2_000)
        let lines = (0..<200).map { "{\"id\":\"\($0)\(id)\",\(verb.record)}\n" }
        let input = try folder.write(Array(lines.joined().utf8), to: "in.jsonl")
        try kill(verb, input)
        let file = try #require(FileHandle(forWritingAtPath: output))
        try file.write(contentsOf: Data("#".utf8))
        try file.close()
        let resumed = try run(verb, "--input", input, "--output", output, "--resume")
        #expect(resumed.code == 0, "\(resumed.errors)")
        #expect(!FileManager.default.fileExists(atPath: record))
        let whole = folder.path + "/whole"
        #expect(try run(verb, "--input", input, "--output", whole).code == 0)
        let (got, want) = try (
            Data(contentsOf: URL(fileURLWithPath: output)), Data(contentsOf: URL(fileURLWithPath: whole))
        )
        #expect(got.first == UInt8(ascii: "#"))
        #expect(got.dropFirst() == want.dropFirst())
    }

    /// Runs a job that fails at its second line, and returns its input.
    private func begin(_ verb: JobVerb, model: String? = nil) throws -> String {
        let input = try folder.write(Array("{\(verb.record)}\n{}\n".utf8), to: "in.jsonl")
        let run = try run(verb, model: model, "--input", input, "--output", output)
        run.expect(.invalidInput, file: input, line: 2)
        return input
    }

    @Test(arguments: JobVerb.emitting)
    func `A job is known by every option that results depend on`(verb: JobVerb) throws {
        _ = try begin(verb)
        let facts = try JSONValue(parsing: String(contentsOfFile: record, encoding: .utf8)).objectValue?.keys ?? []
        let help = try JSONValue(
            parsing: BertProgram.run(verb.name, "--experimental-dump-help").output)["command"]?["arguments"]
        let options = (help?.arrayValue ?? []).compactMap { $0["preferredName"]?["name"]?.stringValue }
        #expect(options.count > 10)
        // Options that other facts cover: the contents of the model and the input, the name of the plugin's backend,
        // the text of a named prompt, and the omitted labels. For early exit, only the requested options are recorded.
        let told = [
            "model", "input", "plugin", "revision", "prompt-name", "corpus-prompt-name", "all-labels", "no-normalize",
            "exit-entropy",
            "exit-patience", "exit-layer", "regression-threshold",
        ]
        let neutral = ["output", "resume", "verbose", "version", "help", "question", "context", "download"]
        // Batches don't affect the bits of results if the backend says so. Only for other backends, the batch size is
        // recorded.
        let byBackend = ["max-batch-tokens"]
        #expect(
            options.filter {
                !facts.contains($0) && !told.contains($0) && !neutral.contains($0) && !byBackend.contains($0)
            } == [])
        // The record has either both or neither.
        #expect(facts.contains("max-batch-tokens") == facts.contains("threads"))
    }

    @Test(arguments: [JobVerb.all[0], JobVerb.all[2]])
    func `A model or an input that has changed is not gone on with`(verb: JobVerb) throws {
        let model = folder.path + "/model"
        try FileManager.default.copyItem(atPath: verb.model, toPath: model)
        let input = try begin(verb, model: model)
        let same = try run(verb, model: model, "--input", input, "--output", output, "--resume")
        same.expect(.invalidInput, file: input, line: 2)
        let weights = URL(fileURLWithPath: model + "/model.safetensors")
        var bytes = try Data(contentsOf: weights)
        bytes[bytes.count - 2] ^= 1
        try bytes.write(to: weights)
        let changed = try run(verb, model: model, "--input", input, "--output", output, "--resume")
        changed.expect(.invalidArgument, file: record, key: "the model's model.safetensors")
        _ = try begin(verb, model: model)
        let other = try run(verb, model: model, "--input", input, "--output", output, "--resume")
        other.expect(.invalidInput, file: input, line: 2)
        _ = try folder.write(Array("{\(verb.record)}\n".utf8), to: "in.jsonl")
        let mended = try run(verb, model: model, "--input", input, "--output", output, "--resume")
        mended.expect(.invalidArgument, file: record, key: "the input's contents")
    }

    @Test func `A job goes on on another machine: under other paths and dates, beside files that don't count`() throws {
        let verb = JobVerb.all[0]
        let input = try begin(verb)
        let (model, moved) = (folder.path + "/elsewhere", folder.path + "/moved.jsonl")
        try FileManager.default.copyItem(atPath: verb.model, toPath: model)
        _ = try folder.write(Array("notes".utf8), to: "elsewhere/README.md")
        try FileManager.default.moveItem(atPath: input, toPath: moved)
        for path in [moved, model + "/model.safetensors"] {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: path)
        }
        let run = try run(verb, model: model, "--input", moved, "--output", output, "--resume")
        run.expect(.invalidInput, file: moved, line: 2)
    }

    @Test(arguments: JobVerb.emitting)
    func `Errors of lines and of the model stand in their places`(verb: JobVerb) throws {
        var long = verb.long
        if verb.name == "tokenize" { long += ",\"text_pair\":\"a\"" }
        let text = "{\(verb.record)}\n{\"id\":\n{\"id\":7,\(long)}\n[]\n{\(verb.record)}\n"
        let input = try folder.write(Array(text.utf8), to: "in.jsonl")
        let emitted = try run(verb, "--input", input, "--on-error", "emit")
        #expect(emitted.code == 0, "\(emitted.errors)")
        let objects = try emitted.lines.map { try JSONValue(parsing: $0) }
        #expect(objects.map { $0["index"] } == [0, 1, 2, 3, 4])
        #expect(objects.map { $0["error"] != nil } == [false, true, true, true, false])
        for (index, object) in objects.enumerated() where object["error"] != nil {
            #expect(object["error"]?.stringValue?.contains("in.jsonl, line \(index + 1)") == true, "\(object)")
        }
        #expect(objects[2]["id"] == 7)
        let failed = try run(verb, "--input", input)
        #expect(failed.lines.count == 1)
        failed.expect(.invalidInput, file: input, line: 2, column: 7)
    }
}

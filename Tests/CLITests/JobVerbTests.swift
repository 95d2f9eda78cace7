import BertJSON
import Foundation
import TestSupport
import Testing

/// Jobs of every verb that takes a record a line.
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

    /// Lines of a long id, so that a group has few of them.
    private func input(_ verb: JobVerb, count: Int = 200) throws -> String {
        let id = String(repeating: "x", count: 2_000)
        let lines = (0..<count).map { "{\"id\":\"\($0)\(id)\",\(verb.record)}\n" }
        return try folder.write(Array(lines.joined().utf8), to: "in.jsonl")
    }

    /// Runs a job that dies in the middle of a write: the system allows no more than some bytes of a file.
    private func kill(_ verb: JobVerb, model: String? = nil, _ input: String) throws {
        var arguments = verb.arguments
        if let model { arguments[2] = model }
        let limit = arguments.contains("text") ? 48 : 256
        let run = try BertProgram.run(
            "-c", "ulimit -c 0; ulimit -f \(limit); \"$@\"", "sh", BertProgram.path,
            more: arguments + ["--input", input, "--output", output], program: "/bin/sh",
            environment: ["BERT_QUIET": "1"])
        #expect(run.code != 0)
        let size = try FileManager.default.attributesOfItem(atPath: output)[.size] as? Int ?? 0
        #expect(size > 20_000)
        #expect(FileManager.default.fileExists(atPath: record))
    }

    @Test(arguments: JobVerb.all)
    func `A job that was killed is resumed to the same bytes`(verb: JobVerb) throws {
        let (input, whole) = (try input(verb), folder.path + "/whole")
        try kill(verb, input)
        let resumed = try run(verb, "--input", input, "--output", output, "--resume")
        #expect(resumed.code == 0, "\(resumed.errors)")
        #expect(try run(verb, "--input", input, "--output", whole).code == 0)
        #expect(FileManager.default.contentsEqual(atPath: output, andPath: whole))
        #expect(!FileManager.default.fileExists(atPath: record))
    }

    @Test(arguments: JobVerb.emitting)
    func `A job is known by every option that results depend on`(verb: JobVerb) throws {
        try kill(verb, input(verb))
        let facts = try JSONValue(parsing: String(contentsOfFile: record, encoding: .utf8)).objectValue?.keys ?? []
        let help = try JSONValue(
            parsing: BertProgram.run(verb.name, "--experimental-dump-help").output)["command"]?["arguments"]
        let options = (help?.arrayValue ?? []).compactMap { $0["preferredName"]?["name"]?.stringValue }
        #expect(options.count > 10)
        // What other facts say: the folder of the revision, the name of the plugin's backend, the prompt of the name,
        // the labels that are left out. Defaults that nobody asked for are not told of early exit alone.
        let told = [
            "plugin", "revision", "prompt-name", "corpus-prompt-name", "all-labels", "no-normalize", "exit-entropy",
            "exit-patience",
            "exit-layer", "regression-threshold",
        ]
        let neutral = ["output", "resume", "verbose", "version", "help", "question", "context"]
        #expect(options.filter { !facts.contains($0) && !told.contains($0) && !neutral.contains($0) } == [])
    }

    @Test(arguments: [JobVerb.all[0], JobVerb.all[2]])
    func `A model or an input that has changed is not gone on with`(verb: JobVerb) throws {
        let model = folder.path + "/model"
        try FileManager.default.copyItem(atPath: verb.model, toPath: model)
        let input = try input(verb)
        try kill(verb, model: model, input)
        let weights = model + "/model.safetensors"
        let original = try FileManager.default.attributesOfItem(atPath: weights)[.modificationDate] as? Date
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: weights)
        let changed = try run(verb, model: model, "--input", input, "--output", output, "--resume")
        #expect(changed.code == 1)
        #expect(changed.errors.contains("it differs in the model's model.safetensors;"), "\(changed.errors)")
        try FileManager.default.setAttributes([.modificationDate: try #require(original)], ofItemAtPath: weights)
        _ = try folder.write(Array("{\(verb.record)}\n".utf8), to: "in.jsonl")
        let other = try run(verb, model: model, "--input", input, "--output", output, "--resume")
        #expect(other.errors.contains("it differs in "))
        #expect(other.errors.contains("the input's size and time"), "\(other.errors)")
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
        #expect(failed.code == 1)
        #expect(failed.lines.count == 1)
        #expect(failed.errors.contains("in.jsonl, line 2, column 7: "), "\(failed.errors)")
    }
}

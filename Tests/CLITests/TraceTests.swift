import BertCore
import BertJSON
import Foundation
import TestSupport
import Testing

/// Tests `BERT_TRACE` and `BERT_CHECK` in a shell.
@Suite struct TraceTests {
    @Test func `BERT_TRACE=summary ends with a table on standard error`() throws {
        let plain = try BertProgram.run("demo", "--backend", "reference")
        let run = try BertProgram.run("demo", "--backend", "reference", environment: ["BERT_TRACE": "summary"])
        #expect(run.code == 0)
        #expect(run.output == plain.output)
        let lines = run.errors.split(separator: "\n").map(String.init)
        #expect(lines.first?.hasPrefix("bert: trace: reference: ") == true)
        let linear = try #require(lines.first { $0.hasPrefix("bert: trace: linear") }).split(separator: " ")
        // Six sentences exit after 17 of 36 layers, as one batch. There are six layers, a pooler and a classifier each, and
        // five layers compute the first tokens ahead of the others, which share queries, keys and values.
        #expect(linear[3] == "53")
        #expect(linear[4] == "native")
        #expect(lines.filter { $0.contains("trace: linear ") }.count == 1)
    }

    @Test func `BERT_TRACE=ops tells each call with its layer`() throws {
        let run = try BertProgram.run("demo", "--backend", "reference", environment: ["BERT_TRACE": "ops"])
        #expect(run.code == 0)
        #expect(run.errors.contains(", encoder.layer.3.attention\n"))
        #expect(run.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("bert: trace: reference ") })
    }

    @Test func `BERT_TRACE=json writes a file that can be read, also of a run that fails`() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/trace.json"
        func calls(_ arguments: [String], code: Int32) throws -> [JSONValue] {
            let run = try BertProgram.run(
                more: arguments + ["--backend", "reference"], environment: ["BERT_TRACE": "json:\(file)"])
            #expect(run.code == code, "\(run.errors)")
            let json = try JSONValue(parsing: String(contentsOfFile: file, encoding: .utf8))
            #expect(json["numerics"]?["reference"] == ["reference/1"])
            try FileManager.default.removeItem(atPath: file)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
            return json["calls"]?.arrayValue ?? []
        }
        let demo = try calls(["demo"], code: 0)
        #expect(demo.contains { $0["scope"]?.stringValue == "encoder.layer.0.output" })
        #expect(demo.allSatisfy { $0["done"]?.stringValue == "native" })
        // This isn't a wrong input name, which is detected when the model is loaded.
        let model = Fixtures.path("models/bert-base")
        let arguments = ["--inputs", "\(model)/expected.safetensors", "--output", folder.path + "/out.safetensors"]
        #expect(try !calls(["forward", "--model", model] + arguments, code: 1).isEmpty)
    }

    @Test func `An interrupted job leaves its trace`() throws {
        let folder = try TemporaryFolder()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: BertProgram.path)
        let model = Fixtures.packageFolder + "/Sources/CDemoModel/tiny-sst2-deebert"
        process.arguments = ["embed", "--model", model, "--pooling", "mean", "--backend", "reference"]
        process.environment = ["BERT_TRACE": "json:\(folder.path)/trace.json"]
        // An input that never has any texts.
        let input = Pipe()
        process.standardInput = input
        try process.runInterruptible()
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        let deadline = ContinuousClock.now + .seconds(60)
        while try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty, .now < deadline {
            usleep(10_000)
        }
        process.interrupt()
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal)
        #expect(process.terminationStatus == SIGINT)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["trace.json"])
        let json = try JSONValue(parsing: String(contentsOfFile: folder.path + "/trace.json", encoding: .utf8))
        #expect(json["calls"]?.arrayValue != nil)
        try input.fileHandleForWriting.close()
    }

    @Test(arguments: [
        ("BERT_TRACE", "all", "invalidSetting"), ("BERT_TRACE", "json:/nonexistent/trace", "fileNotReadable"),
        ("BERT_CHECK", "reference", "invalidSetting"), ("BERT_CHECK", "nosuch", "backendUnavailable"),
    ])
    func `a setting that can't be is an error before anything is computed`(
        variable: String, value: String, code: String
    ) throws {
        let run = try BertProgram.run("demo", "--backend", "reference", environment: [variable: value])
        #expect(run.output.isEmpty)
        let isFile = code == "fileNotReadable"
        run.expect(
            BertError.Code(code), file: isFile ? "/nonexistent/trace" : nil, key: variable,
            value: isFile ? nil : .string(value))
    }

    @Test(arguments: AvailableBackends.names().filter { $0 != "reference" })
    func `BERT_CHECK passes a job on a backend that is right, traced too`(name: String) throws {
        let run = try BertProgram.run(
            "demo", "--backend", name, environment: ["BERT_CHECK": "reference", "BERT_TRACE": "summary"])
        #expect(run.code == 0, "\(run.errors)")
        // Operations of the check itself aren't in the trace.
        let plain = try BertProgram.run("demo", "--backend", name, environment: ["BERT_TRACE": "summary"])
        func calls(_ run: BertProgram.Run) -> Substring? {
            run.errors.split(separator: "\n").first?.split(separator: ",").first
        }
        #expect(calls(run) == calls(plain))
        #expect(calls(run)?.hasPrefix("bert: trace: \(name): ") == true)
    }
}

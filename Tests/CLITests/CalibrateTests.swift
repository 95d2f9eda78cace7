import BertCore
import BertJSON
import Foundation
import TestSupport
import Testing

@Suite struct CalibrateTests {
    private static let demo = Fixtures.packageFolder + "/Sources/CDemoModel/tiny-sst2-deebert"
    private static let data = Fixtures.path("sst2/test.tsv")

    private func bert(_ arguments: String..., more: [String] = []) throws -> BertProgram.Run {
        try BertProgram.run(more: arguments + more, environment: ["BERT_QUIET": "1"])
    }

    /// Returns a copy of the demo model that can be modified.
    private func model(in folder: TemporaryFolder) throws -> String {
        let path = folder.path + "/model"
        try FileManager.default.copyItem(atPath: Self.demo, toPath: path)
        return path
    }

    /// Returns the first rows of the data.
    private func rows(_ count: Int, in folder: TemporaryFolder) throws -> String {
        let text = try String(contentsOfFile: Self.data, encoding: .utf8)
        let lines = text.split(separator: "\n").prefix(count + 1).joined(separator: "\n")
        return try folder.write(Array(lines.utf8), to: "some.tsv")
    }

    private func config(_ folder: String) throws -> JSONValue {
        try JSONValue(parsing: String(contentsOfFile: folder + "/config.json", encoding: .utf8))
    }

    @Test func `The policy goes into the model, and classify and serve's library follow it`() throws {
        let folder = try TemporaryFolder()
        let model = try model(in: folder)
        let data = try rows(200, in: folder)
        let before = try config(model)
        let run = try bert(
            "calibrate", "--model", model, "--data", data, "--target-loss", "0.05", "--policy", "score", "--cost",
            "layers", "--json")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.errors == "")
        let report = try run.json()
        #expect(report["chosen"] == "score")
        #expect(report["written"]?.stringValue == model + "/config.json")
        #expect(report["data"]?["texts"] == 200)
        #expect(report["split"] == ["fit": 100, "certify": 100])
        #expect((report["policies"]?[0]?["loss_bound"]?.doubleValue ?? 1) <= 0.05)
        let after = try config(model)
        #expect(after["early_exit_score"] == report["config"]?["early_exit_score"])
        // All other keys are unchanged.
        var rest = try #require(after.objectValue)
        rest["early_exit_score"] = nil
        #expect(JSONValue.object(rest) == before)
        #expect(try String(contentsOfFile: model + "/calibration.svg", encoding: .utf8).hasPrefix("<svg"))
        // The model now exits early by default, and options take precedence.
        let own = try bert("classify", "--model", model, "a charming journey").json()
        #expect((own["exit_layer"]?.intValue ?? 6) < 6)
        let forced = try bert("classify", "--model", model, "a charming journey", "--exit-patience", "0").json()
        #expect(forced["exit_layer"] == 6)
        let again = try bert(
            "calibrate", "--model", model, "--data", data, "--target-loss", "0.05", "--policy", "entropy", "--cost",
            "layers")
        #expect(again.code == 0)
        #expect(again.output.contains("replacing {\"early_exit_score\""))
        #expect(try config(model)["early_exit_score"] == nil)
        #expect(try config(model)["early_exit_entropy"]?.arrayValue?.count == 6)
    }

    @Test func `With --out a copy gets the policy, and the model stays as it was`() throws {
        let folder = try TemporaryFolder()
        let model = try model(in: folder)
        let before = try Data(contentsOf: URL(fileURLWithPath: model + "/config.json"))
        let out = folder.path + "/new/copy"
        let arguments = [
            "calibrate", "--model", model, "--data", try rows(200, in: folder), "--target-loss", "0.05", "--cost",
            "layers",
            "--out", out,
        ]
        let run = try bert(more: arguments)
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.contains("\(out)/config.json"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: model + "/config.json")) == before)
        #expect(try bert("classify", "--model", out, "a charming journey").code == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/new") == ["copy"])
        let refused = try bert(more: arguments)
        refused.expect(.fileNotReadable, file: out, key: "--out")
    }

    @Test func `Seconds are measured, and other texts are checked`() throws {
        let folder = try TemporaryFolder()
        let data = try rows(64, in: folder)
        let check = folder.path + "/check.tsv"
        try FileManager.default.copyItem(atPath: data, toPath: check)
        let run = try bert(
            "calibrate", "--model", Self.demo, "--data", data, "--check-file", check, "--target-loss", "0.2",
            "--policy",
            "entropy,fixed-layer", "--json", "--dry-run", "--batch-size", "16")
        #expect(run.code == 0, "\(run.errors)")
        let report = try run.json()
        #expect(report["cost"] == "seconds")
        #expect(report["written"] == .null)
        #expect(report["layers"]?.arrayValue?.count == 7)
        for policy in report["policies"]?.arrayValue ?? [] {
            #expect((policy["speedup_seconds"]?.doubleValue ?? 0) > 0)
            #expect((policy["check"]?["speedup_seconds"]?.doubleValue ?? 0) > 0)
        }
        #expect(report["check"]?["tokens"] == report["data"]?["tokens"])
    }

    @Test func `Texts without labels calibrate on the whole model's answers`() throws {
        let folder = try TemporaryFolder()
        let lines = try String(contentsOfFile: rows(120, in: folder), encoding: .utf8).split(separator: "\n")
            .dropFirst()
        let texts = lines.map { String($0.split(separator: "\t")[0]) }.joined(separator: "\n")
        let file = try folder.write(Array(texts.utf8), to: "texts.txt")
        let run = try bert(
            "calibrate", "--model", Self.demo, "--data", file, "--target-loss", "0.1", "--cost", "layers", "--json",
            "--dry-run")
        #expect(run.code == 0, "\(run.errors)")
        let report = try run.json()
        #expect(report["data"]?["labelled"] == false)
        #expect(report["policies"]?[0]?["accuracy"] == nil)
        #expect(report["policies"]?[0]?["agreement"] != nil)
    }

    @Test func `Too few texts choose nothing and write nothing`() throws {
        let folder = try TemporaryFolder()
        let model = try model(in: folder)
        let before = try Data(contentsOf: URL(fileURLWithPath: model + "/config.json"))
        let run = try bert("calibrate", "--model", model, "--data", rows(60, in: folder), "--cost", "layers")
        run.expect(.invalidInput, limit: 460)
        #expect(try Data(contentsOf: URL(fileURLWithPath: model + "/config.json")) == before)
        #expect(!FileManager.default.fileExists(atPath: model + "/calibration.svg"))
    }

    private struct BadData: CustomTestStringConvertible {
        let text: String
        var options: [String] = []
        let error: BertError
        var testDescription: String { "\(text.prefix(40)) \(options)" }
    }

    private static let bad: [BadData] = [
        BadData(
            text: "text,label\nfine,1\nbad,2\n",
            error: BertError(.invalidInput, "", key: "label", line: 3, column: 5, value: 2)),
        BadData(
            text: "text,label\nfine,1\nbad,good\n",
            error: BertError(
                .invalidInput, "", key: "label", line: 3, column: 5, value: "good", choices: ["negative", "positive"])),
        BadData(
            text: "text,label\nfine,1\nbad,1\n", error: BertError(.invalidInput, "", key: "label", value: 1, limit: 2)),
        BadData(
            text: "text,label\nfine,1\nbad,0\n", options: ["--label-field", "mood"],
            error: BertError(.invalidInput, "", value: "mood", choices: ["text", "label"])),
        BadData(
            text: "text,label\nfine,1\nbad,0\n", options: ["--text-field", "body"],
            error: BertError(.invalidInput, "", value: "body", choices: ["text", "label"])),
        BadData(
            text: "text,label\nfine,1\n\(String(repeating: "movie ", count: 200)),0\n",
            error: BertError(.tooManyTokens, "", line: 3)),
        BadData(text: "text,label\n", error: BertError(.invalidInput, "")),
    ]

    @Test(arguments: bad)
    private func `Bad data is an error with its place`(data: BadData) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Array(data.text.utf8), to: "bad.csv")
        let run = try bert(more: ["calibrate", "--model", Self.demo, "--data", file, "--dry-run"] + data.options)
        #expect(run.output == "")
        let error = data.error
        run.expect(
            error.code, file: file, key: error.key, line: error.line, column: error.column, value: error.value,
            choices: error.choices)
    }

    @Test func `The texts that chose a policy don't check it, also under another name`() throws {
        let folder = try TemporaryFolder()
        let data = try rows(200, in: folder)
        let link = folder.path + "/link.tsv"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: data)
        for check in [data, link, "\(folder.path)/../\(URL(fileURLWithPath: folder.path).lastPathComponent)/some.tsv"] {
            let run = try bert(
                "calibrate", "--model", Self.demo, "--data", data, "--check-file", check, "--dry-run")
            run.expect(.invalidArgument, file: check, key: "--check-file")
            #expect(run.output == "")
        }
    }

    @Test func `A model without off-ramps, and options that mean nothing, are refused`() throws {
        let plain = try bert(
            "calibrate", "--model", Fixtures.path("models/bert-seqcls-single"), "--data", Self.data, "--dry-run")
        plain.expect(.invalidArgument, file: Fixtures.path("models/bert-seqcls-single"))
        for options in [
            ["--target-loss", "0"], ["--confidence", "1"], ["--policy", "luck"], ["--batch-size", "0"],
            ["--dry-run", "--out", "x"], ["--cost", "money"],
        ] {
            #expect(try bert(more: ["calibrate", "--model", Self.demo, "--data", Self.data] + options).code == 64)
        }
    }

    @Test func `A link to a shared file is not written through`() throws {
        let folder = try TemporaryFolder()
        let model = try model(in: folder)
        try FileManager.default.moveItem(atPath: model + "/config.json", toPath: folder.path + "/shared.json")
        try FileManager.default.createSymbolicLink(
            atPath: model + "/config.json", withDestinationPath: folder.path + "/shared.json")
        let run = try bert("calibrate", "--model", model, "--data", Self.data)
        run.expect(.fileNotReadable, file: model + "/config.json", key: "--out")
    }
}

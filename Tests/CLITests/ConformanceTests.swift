import BertCore
import BertJSON
import Foundation
import TestSupport
import Testing

@Suite struct ConformanceCommandTests {
    private static let reference = ["--backend", "reference"]

    @Test func `A table for each backend, and the share that it does itself`() throws {
        let run = try BertProgram.run("conformance", "--only", "softmax/hand", "--only", "cast/special")
        #expect(run.code == 0)
        #expect(run.lines.contains("reference: 3 native, 0 delegated, 0 skipped"))
        for backend in try BertProgram.run("backends", "--json").json()["backends"]?.arrayValue ?? []
        where backend["available"] == true && backend["name"] != "reference" {
            let name = [backend["name"], backend["version"]].compactMap { $0?.stringValue }.joined(separator: " ")
            #expect(run.lines.contains("\(name): 1 native, 2 delegated, 0 skipped"), "\(run.output)")
        }
    }

    @Test func `A backend that is missing is told of where all are tried`() throws {
        let run = try BertProgram.run("conformance", "--only", "softmax/hand", environment: .hidden)
        #expect(run.code == 0)
        #expect(run.errors.contains("notice: onednn is skipped: "))
        #expect(run.lines.last == "reference: 1 native, 0 delegated, 0 skipped")
    }

    @Test(arguments: [
        (["--backend", "referense"], "backendUnavailable"), (["--only", "sofmax"], "unknownName"),
        (["--perf", "--only", "download"], "unknownName"),
    ])
    func `Nothing that could be tried is exit code 2`(arguments: [String], code: String) throws {
        let run = try BertProgram.run("conformance", more: arguments)
        #expect(run.output == "")
        run.expect(BertError.Code(code), key: arguments[arguments.count - 2], exit: 2)
    }

    @Test func `A named backend whose library is missing is exit code 2 too`() throws {
        let run = try BertProgram.run("conformance", "--backend", "onednn", environment: .hidden)
        #expect(run.code == 2)
        #expect(run.reported?["causes"]?[0]?["code"] == "libraryNotFound", "\(run.errors)")
    }

    @Test func `The same as JSON has every case`() throws {
        let json = try BertProgram.run(
            "conformance", "--json", "--seed", "7", "--only", "linear/hand", more: Self.reference
        )
        .json()
        #expect(json["seed"] == "7")
        let backend = try #require(json["backends"]?.arrayValue?.first)
        #expect(backend["backend"] == "reference")
        #expect(backend["counts"]?["pass"] == 2 && backend["counts"]?["fail"] == 0)
        let conformanceCase = try #require(backend["cases"]?.arrayValue?.first)
        #expect(conformanceCase["id"] == "linear/hand/3-to-2" && conformanceCase["status"] == "pass")
    }

    @Test func `A JUnit report is written whole, and tells what strictness fails`() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/report.xml"
        let arguments = Self.reference + ["--only", "softmax/hand", "--only", "softmax/precision", "--junit", file]
        #expect(try BertProgram.run("conformance", more: arguments).code == 0)
        var text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(text.contains(#"<testsuite name="reference" tests="4" failures="0" skipped="3">"#), "\(text)")
        #expect(text.contains(#"<skipped message="reference supports float32, not bfloat16"/>"#))
        #expect(try BertProgram.run("conformance", "--strict", more: arguments).code == 1)
        text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(text.contains(#"tests="4" failures="3" skipped="0">"#), "\(text)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["report.xml"])
        let parser = XMLSyntax(text)
        #expect(parser.isWellFormed)
    }

    @Test func `A report that can't be written is an error that names the file`() throws {
        let run = try BertProgram.run(
            "conformance", "--only", "softmax/hand", "--junit", "/nowhere/report.xml", more: Self.reference)
        run.expect(.fileNotReadable, file: "/nowhere/report.xml")
    }

    @Test func `Timing prints a column for each backend`() throws {
        let run = try BertProgram.run("conformance", "--perf", "--only", "softmax", more: Self.reference)
        #expect(run.code == 0)
        let cells = run.lines.map { $0.split(separator: " ").map(String.init) }
        #expect(cells[0] == ["GFLOP/s", "shape", "reference"])
        #expect(cells[1].prefix(2) == ["softmax", "1536x128"])
        #expect(Double(cells[1][2]).map { $0 > 0 } == true)
        let usage = try BertProgram.run("conformance", "--perf", "--json")
        #expect(usage.code == 64)
    }
}

/// Checks whether the tags of a text are balanced.
private struct XMLSyntax {
    let isWellFormed: Bool

    init(_ text: String) {
        var open: [Substring] = []
        for tag in text.matches(of: /<(\/?)([a-z]+)[^<>]*?(\/?)>/) {
            if tag.3 == "/" { continue }
            if tag.1 == "" { open.append(tag.2) } else if open.popLast() != tag.2 { open.append("?") }
        }
        isWellFormed = open.isEmpty && text.hasPrefix("<?xml")
    }
}

import BertJSON
import BertModels
import Foundation
import TestSupport
import Testing

/// What the README shows is what there is.
@Suite struct DocumentationTests {
    private static let root = Fixtures.folder + "/../.."

    private func file(_ name: String) throws -> String {
        try String(contentsOfFile: "\(Self.root)/\(name)", encoding: .utf8)
    }

    @Test func `The README's transcript is what the demo prints`() throws {
        let readme = try file("README.md")
        let run = try BertProgram.run("demo", "--backend", "reference")
        // The last line names the backend.
        for line in run.lines.dropLast() { #expect(readme.contains("\n\(line)\n"), "\(line)") }
        let summary = try #require(run.lines.last?.split(separator: "(").first)
        #expect(readme.contains("\n\(summary)("))
    }

    @Test func `The README's table has every variable, as the program describes it`() throws {
        let readme = try file("README.md")
        let variables = try BertProgram.run("doctor", "--json").json()["environment"]?.arrayValue ?? []
        #expect(!variables.isEmpty)
        for variable in variables {
            func text(_ key: String) -> String {
                (variable[key]?.stringValue ?? "").replacingOccurrences(of: "|", with: "\\|")
            }
            let row = "| `\(text("name"))` | \(text("values")) | \(text("default")) | \(text("summary")) |"
            #expect(readme.contains(row), "\(row)")
        }
        #expect(readme.components(separatedBy: "\n| `BERT_").count - 1 == variables.count)
    }

    @Test func `The README's snippet is the example`() throws {
        let example = try file("Examples/Embed/Sources/main.swift")
        #expect(try file("README.md").contains("```swift\n\(example)```\n"))
        #expect(example.split(separator: "\n").count <= 5)
        #expect(!example.contains("Backend"))
    }

    @Test func `The code in the article on backends is the template's, all of it`() throws {
        let article = try file("Sources/Core/BertCore.docc/WritingABackend.md")
        let blocks = article.components(separatedBy: "\n```swift\n").dropFirst().map {
            $0.components(separatedBy: "```\n")[0]
        }
        var rest = try ["Package.swift", "Sources/TemplateBackend.swift", "Tests/ConformanceTests.swift"].map {
            try file("Examples/BackendTemplate/\($0)")
        }.joined()
        for block in blocks {
            #expect(rest.contains("\n\(block)"), "\(block)")
            rest = rest.replacingOccurrences(of: block, with: "")
        }
        let left = rest.split(separator: "\n").filter { $0 != "}" && !$0.contains("import") && !$0.hasPrefix("//") }
        #expect(left == [], "the article does not show this")
    }

    @Test func `The BLIS backend is as short as the README says`() throws {
        let sources = try ["BLISBackend", "BLISLibrary"].map { try file("Examples/BackendBLIS/Sources/\($0).swift") }
        let count = sources.joined().split(separator: "\n", omittingEmptySubsequences: false).count - 1
        #expect(count < 150)
        #expect(try file("README.md").contains("in \(count) lines"))
    }

    @Test func `The README's table has every model class`() throws {
        let section = try #require(file("README.md").components(separatedBy: "\n## Models\n").last)
        let table = section.components(separatedBy: "\n## ")[0].split(separator: "\n").filter { $0.hasPrefix("|") }
        let names = table.flatMap { $0.split(separator: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element) }
        #expect(try names.map(String.init).sorted() == ModelCatalogue().names.sorted())
    }

    @Test func `The README's commands exist`() throws {
        let help = try BertProgram.run("--help").output
        for verb in ["demo", "embed", "similarity", "tokenize", "backends", "doctor"] {
            #expect(help.contains("\n  \(verb) "))
        }
    }

    @Test func `Links between documents lead to files`() throws {
        for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
            let text = try file(name)
            for part in text.components(separatedBy: "](").dropFirst() {
                let target = part.prefix { $0 != ")" }
                guard !target.hasPrefix("http") else { continue }
                #expect(FileManager.default.fileExists(atPath: "\(Self.root)/\(target)"), "\(name): \(target)")
            }
        }
    }
}

import BertJSON
import BertModels
import Foundation
import TestSupport
import Testing

/// Tests that the README and the articles match the program. `scripts/run-readme` runs their commands.
@Suite struct DocumentationTests {
    private static let root = Fixtures.folder + "/../.."
    private static let articles = "Sources/Bert/Bert.docc"

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

    @Test func `The article on environment variables has all of them, as the program describes them`() throws {
        let article = try file("\(Self.articles)/EnvironmentVariables.md")
        let variables = try BertProgram.run("doctor", "--json").json()["environment"]?.arrayValue ?? []
        #expect(!variables.isEmpty)
        for variable in variables {
            func text(_ key: String) -> String {
                (variable[key]?.stringValue ?? "").replacingOccurrences(of: "|", with: "\\|")
            }
            let row = "| `\(text("name"))` | \(text("values")) | \(text("default")) | \(text("summary")) |"
            #expect(article.contains(row), "\(row)")
        }
        #expect(article.components(separatedBy: "\n| `BERT_").count - 1 == variables.count)
    }

    @Test func `The README's snippet is the example`() throws {
        let example = try file("Examples/Find/Sources/main.swift")
        #expect(try file("README.md").contains("```swift\n\(example)```\n"))
        #expect(example.split(separator: "\n").count <= 10)
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

    @Test func `The BLIS backend is as short as the article on plugins says`() throws {
        let sources = try ["BLISBackend", "BLISLibrary"].map { try file("Examples/BackendBLIS/Sources/\($0).swift") }
        let count = sources.joined().split(separator: "\n", omittingEmptySubsequences: false).count - 1
        #expect(count < 150)
        #expect(try file("\(Self.articles)/Plugins.md").contains("in fewer than 150 lines"))
    }

    @Test func `The article on models has every class`() throws {
        let table = try file("\(Self.articles)/Models.md").split(separator: "\n").filter { $0.hasPrefix("|") }
        let names = table.flatMap { $0.split(separator: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element) }
        #expect(try names.map(String.init).sorted() == ModelCatalogue().names.sorted())
    }

    @Test func `The README is short`() throws {
        #expect(try file("README.md").split(whereSeparator: \.isWhitespace).count <= 700)
    }

    @Test func `Links between documents lead to files`() throws {
        for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "BENCHMARKS.md"] {
            let text = try file(name)
            for part in text.components(separatedBy: "](").dropFirst() {
                let target = part.prefix { $0 != ")" }
                guard !target.hasPrefix("http") else { continue }
                let pieces = target.split(separator: "#").map(String.init)
                #expect(FileManager.default.fileExists(atPath: "\(Self.root)/\(pieces[0])"), "\(name): \(target)")
                guard pieces.count == 2 else { continue }
                let headings = try file(pieces[0]).split(separator: "\n").filter { $0.hasPrefix("## ") }.map {
                    $0.dropFirst(3).lowercased().replacingOccurrences(of: " ", with: "-")
                }
                #expect(headings.contains(pieces[1]), "\(name): \(target)")
            }
        }
    }
}

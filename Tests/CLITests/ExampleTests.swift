import BertJSON
import Foundation
import TestSupport
import Testing

/// Runs the example in the help of each command in a shell.
@Suite struct ExampleTests {
    /// The commands that the program lists.
    static let verbs: [String] = {
        let help = try? BertProgram.run("--experimental-dump-help").json()["command"]?["subcommands"]?.arrayValue
        return (help ?? []).filter { $0["shouldDisplay"] != false }.compactMap { $0["commandName"]?.stringValue }
            // A server runs until it is stopped, and a download needs a hub. See scripts/check-clients and
            // scripts/check-hub.
            .filter { !["help", "serve", "download"].contains($0) }
    }()

    @Test(arguments: verbs)
    func `The example of the help works`(verb: String) throws {
        let help = try BertProgram.run("help", verb).output
        let parts = help.components(separatedBy: "EXAMPLE:\n")
        #expect(parts.count == 2, "one example in the help of \(verb)")
        let example = try #require(parts.last).components(separatedBy: "\n\n")[0]
        #expect(example.contains("bert \(verb)"))
        let run = try BertProgram.run(
            "-c", "cd \"$1\" && bert() { \"$0\" \"$@\"; } && \(example)", BertProgram.path, Fixtures.packageFolder,
            program: "/bin/sh", environment: ["BERT_QUIET": "1"])
        #expect(run.code == 0, "\(example)")
        #expect(run.errors == "", "\(example)")
        #expect(run.lines.isEmpty == example.contains("--output "), "\(example)")
    }

    @Test func `There is an example of every verb`() { #expect(Self.verbs.count >= 17) }
}

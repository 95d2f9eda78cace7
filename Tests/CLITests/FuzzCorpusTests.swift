import Foundation
import TestSupport
import Testing

/// Reruns earlier findings of `make fuzz`, and inputs that cover much of each reader. See `scripts/fuzz`.
@Suite struct FuzzCorpusTests {
    private static let program = BertProgram.pathOfProduct("Fuzz")
    static let targets = (try? BertProgram.run(program: program).lines) ?? []

    @Test func `Every target has a corpus, and every corpus a target`() throws {
        let folders = try FileManager.default.contentsOfDirectory(
            atPath: Fixtures.packageFolder + "/Tests/Fuzz/Corpora")
        #expect(!Self.targets.isEmpty)
        #expect(folders.filter { !$0.hasPrefix(".") }.sorted() == Self.targets.sorted())
    }

    @Test(arguments: targets) func `Whatever is read, promises are kept`(target: String) throws {
        let folder = Fixtures.packageFolder + "/Tests/Fuzz/Corpora/\(target)"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { "\(folder)/\($0)" }
        let run = try BertProgram.run(target, more: files, program: Self.program)
        #expect(run.code == 0, "\(run.errors)")
    }
}

import Bert
import Foundation
import TestSupport
import Testing

/// Compares the fingerprint and the SHA-256 of embeddings in the README with those of the real model.
@Suite struct SameBytesTests {
    private static let model = Fixtures.packageFolder + "/.models/all-MiniLM-L6-v2"
    /// Whether the model is present, or the tests are run by `make test`, which downloads it.
    static let isExpected =
        getenv("REQUIRE_MINILM") != nil || FileManager.default.fileExists(atPath: model + "/model.safetensors")
    /// Without FMA, sums have a different order and fingerprint.
    static let hasFMA = (try? BackendRegistry.shared.backend("simd").info.numerics.contains("fma")) ?? false

    /// Returns the SHA-256 in a row of the README.
    private func digest(_ row: String) throws -> String {
        let readme = try String(contentsOfFile: Fixtures.packageFolder + "/README.md", encoding: .utf8)
        let line = try #require(readme.split(separator: "\n").first { $0.hasPrefix("| \(row)") })
        return try #require(line.firstMatch(of: /`([0-9a-f]{64})`/)).output.1.description
    }

    @Test(.enabled(if: isExpected && hasFMA, "scripts/fetch-minilm fetches the model"))
    func `The README's digests are those of this machine`() throws {
        let fingerprint = try BertProgram.run("inspect", "--fingerprint", "--backend", "simd", Self.model)
        #expect(fingerprint.output == (try digest("`bert inspect --fingerprint`")) + "\n")
        let folder = try TemporaryFolder()
        for (options, variables) in [([], [:]), (["--max-batch-tokens", "16"], ["BERT_NUM_THREADS": "1"])] {
            let output = folder.path + "/vectors.npy"
            let run = try BertProgram.run(
                "embed", "--backend", "simd", "--model", Self.model, "--input",
                Fixtures.path("same-bytes/texts.txt"), "--output", output, more: options, environment: variables)
            #expect(run.code == 0, "\(run.errors)")
            let files = try ModelFiles(folder: folder.path)
            #expect(try files.sha256(of: "vectors.npy") == digest("embeddings of"))
        }
    }
}

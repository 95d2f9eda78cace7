import Bert
import BertJSON
import Foundation
import TestSupport
import Testing

/// The real all-MiniLM-L6-v2, which `scripts/fetch-minilm` downloads to the package's folder.
enum MiniLM {
    static let folder = Fixtures.packageFolder + "/.models/all-MiniLM-L6-v2"

    static func files() throws -> ModelFiles { try ModelFiles(folder: folder) }

    /// Whether to run the tests that need the model: if it is present, or under `make test`, which downloads it
    /// (`REQUIRE_MINILM`), so that its absence is a failure. Otherwise, these tests are skipped, with a message about
    /// the command to download it.
    static let isExpected = getenv("REQUIRE_MINILM") != nil || (try? files()) != nil

    /// Returns texts from a JSON file, and the associated arrays.
    static func sentences() throws -> (texts: [String], arrays: Checkpoint) {
        let files = try ModelFiles(folder: Fixtures.path("minilm-sentences"))
        let json = try JSONNode(parsing: files.read("texts.json"), source: "texts.json")
        let arrays = try Checkpoint(
            ModelFiles(name: "minilm-sentences", files: ["model.safetensors": files.map("expected.safetensors")]))
        return (try json.required("texts").elements().map { try $0.string() }, arrays)
    }
}

import Bert
import BertJSON
import Foundation
import TestSupport
import Testing

/// The real all-MiniLM-L6-v2, which `scripts/fetch-minilm` puts beside the package.
enum MiniLM {
    static let folder = Fixtures.packageFolder + "/.models/all-MiniLM-L6-v2"

    static func files() throws -> ModelFiles { try ModelFiles(folder: folder) }

    /// Whether tests that need the model run: where it is, and under `make test`, which fetches it (`REQUIRE_MINILM`), so
    /// that its absence fails there. Elsewhere they are told as skipped, with the command that fetches it.
    static let isExpected = getenv("REQUIRE_MINILM") != nil || (try? files()) != nil

    /// A file of JSON and the arrays that belong to it.
    static func sentences() throws -> (texts: [String], arrays: Checkpoint) {
        let files = try ModelFiles(folder: Fixtures.path("minilm-sentences"))
        let json = try JSONNode(parsing: files.read("texts.json"), source: "texts.json")
        let arrays = try Checkpoint(
            ModelFiles(name: "minilm-sentences", files: ["model.safetensors": files.map("expected.safetensors")]))
        return (try json.required("texts").elements().map { try $0.string() }, arrays)
    }
}

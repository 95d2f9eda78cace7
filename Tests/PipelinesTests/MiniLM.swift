import Bert
import BertJSON
import TestSupport
import Testing

/// The real all-MiniLM-L6-v2, which `scripts/fetch-minilm` puts beside the package.
enum MiniLM {
    static let folder = Fixtures.packageFolder + "/.models/all-MiniLM-L6-v2"

    /// Its files. Where they are missing, the tests that need them fail and say how to get them.
    static func files() throws -> ModelFiles {
        do { return try ModelFiles(folder: folder) } catch {
            Issue.record("the tests need the real MiniLM; run scripts/fetch-minilm (\(error))")
            throw error
        }
    }

    /// A file of JSON and the arrays that belong to it.
    static func sentences() throws -> (texts: [String], arrays: Checkpoint) {
        let files = try ModelFiles(folder: Fixtures.path("minilm-sentences"))
        let json = try JSONNode(parsing: files.read("texts.json"), source: "texts.json")
        let arrays = try Checkpoint(
            ModelFiles(name: "minilm-sentences", files: ["model.safetensors": files.map("expected.safetensors")]))
        return (try json.required("texts").elements().map { try $0.string() }, arrays)
    }
}

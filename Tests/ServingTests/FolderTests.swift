import Bert
import BertJSON
import BertServing
import Foundation
import TestSupport
import Testing

/// Tests that the settings files of a model's folder affect requests as they affect pipelines.
@Suite("A served folder")
struct FolderTests {
    @Test("the tokenizer's side of truncation counts, unless the request has its own")
    func truncationSide() async throws {
        let served = try await Served([
            ModelSource(name: "left", folder: Fixtures.path("cases/truncation-side-left/model"))
        ])
        let text = "the cat sat on the mat and the dog ran to the red house in the rain and the sun was good"
        func best(_ more: String = "") async throws -> (label: String?, score: Double) {
            let answer = await served.post("/predict", "{\"inputs\":\"\(text)\",\"truncate\":true\(more)}")
            #expect(answer.status == 200, "\(answer.text)")
            let first = try #require(answer.json.arrayValue?.first)
            return (first["label"]?.stringValue, first["score"]?.doubleValue ?? 0)
        }
        let own = try await best()
        #expect(own.label == "x")
        #expect(abs(own.score - 0.83198) < 1e-4)
        #expect(try await best(",\"truncation_direction\":\"Left\"") == own)
        let right = try await best(",\"truncation_direction\":\"Right\"")
        #expect(right.label == "z")
    }

    @Test("a network in 0_Transformer gives the vectors of one at the top")
    func transformerFolder() async throws {
        let (flat, files) = (Fixtures.path("pipelines/sentence-bert"), FileManager.default)
        let folder = files.temporaryDirectory.appendingPathComponent("served-\(UUID().uuidString)").path
        defer { try? files.removeItem(atPath: folder) }
        try files.copyItem(atPath: flat, toPath: folder)
        try files.createDirectory(atPath: folder + "/0_Transformer", withIntermediateDirectories: false)
        for name in try files.contentsOfDirectory(atPath: folder)
        where !["modules.json", "config_sentence_transformers.json", "0_Transformer"].contains(name)
            && !name.hasPrefix("1_") && !name.hasPrefix("2_")
        {
            try files.moveItem(atPath: "\(folder)/\(name)", toPath: "\(folder)/0_Transformer/\(name)")
        }
        let modules = try String(contentsOfFile: folder + "/modules.json", encoding: .utf8)
        try modules.replacing("\"path\": \"\"", with: "\"path\": \"0_Transformer\"").write(
            toFile: folder + "/modules.json", atomically: false, encoding: .utf8)
        let served = try await Served([
            ModelSource(name: "flat", folder: flat), ModelSource(name: "nested", folder: folder),
        ])
        let vectors = await served.post("/models/flat/embed", "{\"inputs\":[\"hello world\",\"a\"]}")
        let nested = await served.post("/models/nested/embed", "{\"inputs\":[\"hello world\",\"a\"]}")
        #expect(vectors.status == 200 && nested.status == 200, "\(nested.text)")
        #expect(vectors.json == nested.json)
    }

    @Test("token types go to the model only where model_input_names have them", arguments: [true, false])
    func tokenTypes(isNamed: Bool) async throws {
        let (source, files) = (Fixtures.path("models/bert-seqcls-single"), FileManager.default)
        let folder = files.temporaryDirectory.appendingPathComponent("served-\(UUID().uuidString)").path
        defer { try? files.removeItem(atPath: folder) }
        try files.copyItem(atPath: source, toPath: folder)
        let path = folder + "/tokenizer_config.json"
        var settings =
            try JSONValue(parsing: String(contentsOfFile: path, encoding: .utf8)).objectValue ?? JSONObject()
        settings["model_input_names"] =
            isNamed ? ["input_ids", "token_type_ids", "attention_mask"] : ["input_ids", "attention_mask"]
        try JSONValue.object(settings).serialized().write(toFile: path, atomically: false, encoding: .utf8)
        let pair = PairedText("the movie was great", pair: "they watched the film")
        let classifier = try TextClassifier(folder: folder, backend: .named("simd"))
        let expected: [TextClassification] = try await classifier.classify([pair])
        let served = try await Served([ModelSource(name: "m", folder: folder)])
        let answer = await served.post("/predict", "{\"inputs\":[[\"\(pair.text)\",\"\(pair.pair ?? "")\"]]}")
        #expect(answer.status == 200, "\(answer.text)")
        let best = answer.json[0]?[0] ?? answer.json[0]
        #expect(best?["label"]?.stringValue == expected[0].label)
        #expect(abs((best?["score"]?.doubleValue ?? 0) - Double(expected[0].score)) < 1e-6)
    }
}

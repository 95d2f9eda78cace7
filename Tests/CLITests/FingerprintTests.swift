import Bert
import BertJSON
import Foundation
import TestSupport
import Testing

/// Tests of `bert inspect --fingerprint`.
@Suite struct FingerprintTests {
    private let folder: TemporaryFolder
    private let model: String

    init() throws {
        folder = try TemporaryFolder()
        model = folder.path + "/model"
        try FileManager.default.copyItem(atPath: Fixtures.path("pipelines/sentence-bert"), toPath: model)
    }

    private func fingerprint(_ more: String..., environment: [String: String] = [:]) throws -> String {
        let run = try BertProgram.run(
            "inspect", "--fingerprint", "--backend", "simd", model, more: more, environment: environment)
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.wholeMatch(of: /[0-9a-f]{64}\n/) != nil, "\(run.output)")
        return run.output
    }

    @Test func `The same contents have the same fingerprint, whatever their place, dates, threads and processor`()
        throws
    {
        let original = try fingerprint()
        _ = try folder.write(Array("notes".utf8), to: "model/README.md")
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: model + "/config.json")
        #expect(try fingerprint(environment: ["BERT_NUM_THREADS": "1"]) == original)
        #expect(try fingerprint("--precision", "float32") == original)
        let embedder = try SentenceEmbedder(folder: Fixtures.path("pipelines/sentence-bert"), backend: "simd")
        #expect(try embedder.fingerprint().digest + "\n" == original)
    }

    @Test func `Everything that changes results changes it`() throws {
        var seen: Set<String> = [try fingerprint()]
        for options in [
            ["--precision", "int8"], ["--pooling", "max"], ["--no-normalize"], ["--truncate-dimensions", "2"],
            ["--prompt", "query: "], ["--auto-truncate"], ["--backend", "reference"],
        ] {
            let run = try BertProgram.run("inspect", "--fingerprint", model, more: ["--backend", "simd"] + options)
            #expect(run.code == 0, "\(options): \(run.errors)")
            #expect(seen.insert(run.output).inserted, "\(options)")
        }
        let names = try ModelFiles(folder: model).digests()
        #expect(names.contains("1_Pooling/config.json") && names.contains("model.safetensors"), "\(names)")
        for name in names {
            let file = URL(fileURLWithPath: "\(model)/\(name)")
            var bytes = try Data(contentsOf: file)
            // Insignificant whitespace, and the last weight.
            if name.hasSuffix(".safetensors") { bytes[bytes.count - 2] ^= 1 } else { bytes.append(0x0a) }
            try bytes.write(to: file)
            #expect(try seen.insert(fingerprint()).inserted, "\(name)")
        }
    }

    @Test func `As JSON it tells what went into it; a classifier has one too`() throws {
        let run = try BertProgram.run("inspect", "--fingerprint", "--json", "--backend", "simd", model)
        let json = try run.json()
        #expect(json["fingerprint"]?.stringValue.map { $0 + "\n" } == (try fingerprint()))
        for key in ["numerics", "precision", "files", "pooling", "normalize", "prompt", "dimensions", "auto_truncate"] {
            #expect(json[key] != nil, "\(key)")
        }
        let classifier = try BertProgram.run("inspect", "--fingerprint", Fixtures.path("models/deebert"), "--json")
        #expect(try classifier.json()["class"] == "DeeBertForSequenceClassification")
    }

    @Test func `Options of the fingerprint are none of the description`() throws {
        let run = try BertProgram.run("inspect", "--precision", "int8", model)
        #expect(run.code == 64 && run.errors.contains("--fingerprint"), "\(run.errors)")
    }
}

extension ModelFiles {
    /// Returns the names of the files in the fingerprint's facts.
    fileprivate func digests() throws -> [String] {
        let info = try BackendRegistry.shared.backend("simd").info
        return try ModelFingerprint(self, on: info).facts["files"]?.objectValue?.keys ?? []
    }
}

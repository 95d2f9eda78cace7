import Bert
import BertJSON
import Foundation
import TestSupport
import Testing

@Suite struct ConvertTests {
    private static let model = Fixtures.path("pipelines/sentence-bert")
    private let folder: TemporaryFolder
    private var copy: String { "\(folder.path)/copy" }

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: [String], environment: [String: String] = [:]) throws -> BertProgram.Run {
        try BertProgram.run(
            arguments[0], more: Array(arguments.dropFirst()),
            environment: ["BERT_BACKEND": "simd"].merging(environment) { $1 })
    }

    /// Writes a copy of the model with packed weights, and returns the path of these.
    private func convert(_ precision: String = "int8") throws -> String {
        let run = try run(["convert", "--model", Self.model, "--precision", precision, "--out", copy])
        #expect(run.code == 0, "\(run.errors)")
        return run.output.trimmingCharacters(in: .newlines)
    }

    private func embed(_ model: String, _ precision: String = "int8", _ environment: [String: String] = [:]) throws
        -> BertProgram.Run
    {
        try run(["embed", "--model", model, "--precision", precision, "A man is eating."], environment: environment)
    }

    @Test(arguments: ["float32", "bfloat16", "int8"])
    func `Packed weights give the same bytes, and are used`(precision: String) throws {
        let path = try convert(precision)
        let name = URL(fileURLWithPath: path).lastPathComponent
        #expect(name.hasPrefix("packed-simd-") && name.hasSuffix("-\(precision).safetensors"))
        let original = try embed(Self.model, precision)
        let packed = try embed(copy, precision)
        #expect(packed.code == 0, "\(packed.errors)")
        #expect(packed.output == original.output)

        // Other values in the file change the vector.
        let file = try SafetensorsFile(path: path)
        #expect(file.tensors.allSatisfy { $0.shape[0] % 64 == 0 })
        try rewrite(file, metadata: file.metadata) { $0.hasSuffix("|panels") }
        let changed = try embed(copy, precision)
        #expect(changed.code == 0 && changed.output != original.output)

        // Without the file, everything is as before.
        try FileManager.default.removeItem(atPath: path)
        #expect(try embed(copy, precision).output == original.output)
    }

    /// Writes a file again, with zeros in the tensors whose names meet a condition.
    private func rewrite(
        _ file: SafetensorsFile, metadata: [String: String], zeros: (String) -> Bool = { _ in false }
    ) throws {
        let tensors = file.tensors.map { tensor in
            SafetensorsWriter.Tensor(
                name: tensor.name, type: .uint8, shape: tensor.shape,
                data: zeros(tensor.name) ? HostBuffer([UInt8](repeating: 0, count: tensor.data.count)) : tensor.data)
        }
        try SafetensorsWriter.write(tensors, metadata: metadata, alignment: 64, to: file.source)
    }

    @Test(arguments: ["backend", "instruction set", "precision", "layout", "version", "format"])
    func `A file of another version or form is refused`(key: String) throws {
        let path = try convert()
        let file = try SafetensorsFile(path: path)
        var metadata = file.metadata
        metadata[key] = "other"
        try rewrite(file, metadata: metadata)
        try embed(copy).expect(.weightsMismatch, file: path, key: key, value: "other")
        // Another precision doesn't use the file.
        #expect(try embed(copy, "float32").code == 0)
        // Running the command again writes it anew, as the error advises.
        let again = try run(["convert", "--model", copy, "--precision", "int8"])
        #expect(again.output == path + "\n")
        #expect(try embed(copy).output == embed(Self.model).output)
    }

    @Test func `Other weights are refused, and the same weights with another date aren't`() throws {
        let path = try convert()
        let weights = "\(copy)/model.safetensors"
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: weights)
        #expect(try embed(copy).output == embed(Self.model).output)
        // A single bit in a part of the file that isn't sampled, with another date.
        var bytes = try Data(contentsOf: URL(fileURLWithPath: weights))
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: URL(fileURLWithPath: weights))
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 2)], ofItemAtPath: weights)
        try embed(copy).expect(.weightsMismatch, file: path, key: "weights", value: "model.safetensors")
    }

    @Test func `Copies have the dates of the files, so that their weights needn't be read whole`() throws {
        let path = try convert()
        let second = "\(folder.path)/second"
        let run = try run(["convert", "--model", copy, "--precision", "float32", "--out", second])
        #expect(run.code == 0, "\(run.errors)")
        func date(_ folder: String) throws -> Date? {
            try FileManager.default.attributesOfItem(atPath: "\(folder)/model.safetensors")[.modificationDate] as? Date
        }
        #expect(try date(second) == date(Self.model))
        let name = URL(fileURLWithPath: path).lastPathComponent
        #expect(FileManager.default.fileExists(atPath: "\(second)/\(name)"))
        #expect(try embed(second).output == embed(Self.model).output)
    }

    @Test func `A damaged file is refused`() throws {
        let path = try convert()
        let file = try SafetensorsFile(path: path)
        let tensors = file.tensors.map { tensor in
            SafetensorsWriter.Tensor(
                name: tensor.name, type: .uint8, shape: [64], data: HostBuffer([UInt8](repeating: 1, count: 64)))
        }
        try SafetensorsWriter.write(tensors, metadata: file.metadata, alignment: 64, to: path)
        let damaged = try #require(embed(copy).error)
        damaged.expect(.malformedFile, file: path, value: .int(64))
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
        try embed(copy).expect(.malformedFile, file: path)
    }

    @Test func `Other instruction sets pack the checkpoint's weights, with a notice`() throws {
        let path = try convert()
        let run = try embed(copy, "int8", ["BERT_INSTRUCTIONS": "plain"])
        #expect(run.code == 0)
        let name = URL(fileURLWithPath: path).lastPathComponent
        #expect(run.errors.contains(name) && run.errors.contains("plain"))
        let quiet = try embed(copy, "int8", ["BERT_INSTRUCTIONS": "plain", "BERT_QUIET": "1"])
        #expect(quiet.output == run.output && quiet.errors == "")
        #expect(try run.output == embed(Self.model, "int8", ["BERT_INSTRUCTIONS": "plain"]).output)
    }

    @Test func `A class without a head uses the trunk of one with a head`() throws {
        let classifier = Fixtures.path("models/bert-seqcls-single")
        let converted = try run(["convert", "--model", classifier, "--out", copy])
        #expect(converted.code == 0, "\(converted.errors)")
        let path = converted.output.trimmingCharacters(in: .newlines)
        let backend = try BackendRegistry.shared.backend(.named("simd"))
        func vector(_ folder: String) throws -> [Float] {
            let model = try BertModel.fromPretrained(ModelFiles(folder: folder), on: backend)
            return try backend.floats(model.encode(ModelInput(ids: [[2, 5, 6, 3]])).lastHiddenState)
        }
        let original = try vector(classifier)
        #expect(try vector(copy) == original)
        let file = try SafetensorsFile(path: path)
        #expect(file.tensors.allSatisfy { !$0.name.hasPrefix("bert.") })
        try rewrite(file, metadata: file.metadata) { $0.hasPrefix("encoder.") && $0.hasSuffix("|panels") }
        #expect(try vector(copy) != original)
    }

    @Test func `Without a choice, weights are packed for simd`() throws {
        // In a debug build, oneDNN is the default if it is installed.
        let run = try BertProgram.run("convert", "--model", Self.model, "--out", copy)
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.contains("packed-simd-"))
        let isDefault = try BackendRegistry.shared.backend().info.name == "simd"
        #expect(run.errors.contains("--backend simd") == !isDefault)
    }

    @Test func `Mistakes are named before anything is written`() throws {
        let other = try run(["convert", "--model", Self.model, "--out", copy, "--backend", "reference"])
        other.expect(.unsupported, value: "reference", choices: ["simd"])
        let taken = try run(["convert", "--model", Self.model, "--out", Self.model])
        taken.expect(.fileNotReadable, file: Self.model, key: "--out")
        try run(["convert", "--model", "/no/such/folder", "--out", copy])
            .expect(.fileNotReadable, file: "/no/such/folder")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
}

import BertCheckpoints
import BertCore
import TestSupport
import Testing

/// Tests files written by PyTorch before 1.6.
@Suite struct LegacyTorchTests {
    private static func file() throws -> [UInt8] { try fileBytes(Fixtures.path("files/legacy-bin/pytorch_model.bin")) }

    private func open(_ bytes: [UInt8]) throws -> Checkpoint {
        try Checkpoint(ModelFiles(name: "m", files: ["pytorch_model.bin": HostBuffer(bytes)]))
    }

    @Test func `Tensors are read where they are`() throws {
        let checkpoint = try open(Self.file())
        #expect(checkpoint.names.contains("bert.embeddings.word_embeddings.weight"))
        #expect(checkpoint.shape(of: "classifier.weight") == [3, 16])
        for name in checkpoint.names {
            #expect(try checkpoint.float32(name).floats.allSatisfy { $0.isFinite && $0.magnitude < 10 })
        }
    }

    @Test func `A file that was not copied completely is an error wherever it ends`() throws {
        let bytes = try Self.file()
        for length in stride(from: 13, to: bytes.count, by: 97) + [bytes.count - 1] {
            #expect(throws: BertError.self, "\(length)") { try open(Array(bytes[..<length])) }
        }
    }

    @Test func `Bytes after the last storage are an error`() throws {
        let error = try #require(throws: BertError.self) { try open(Self.file() + [0]) }
        #expect(error.code == .malformedFile)
        #expect(error.file == "m/pytorch_model.bin")
    }

    /// Returns the pickles and storages of a file with the tensor `a`.
    private func legacy(
        version: Int = 1001, littleEndian: Bool = true, key: String = "0", listed: [String] = ["0"], count: Int = 4,
        view: [UInt8] = Pickle.ascii("N"), protocol number: UInt8 = 2
    ) -> [UInt8] {
        let p = Pickle.self
        var file: [UInt8] = [
            0x80, number, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
        ]
        file += p.run(p.int(version), p.stop)
        file += p.run(p.dictionary, p.string("little_endian"), littleEndian ? [0x88] : [0x89], p.setItem, p.stop)
        let storage =
            p.tuple(
                p.string("storage"), p.global("torch", "FloatStorage"), p.string(key), p.string("cpu"), p.int(4), view)
            + p.ascii("Q")
        file += p.member(p.tensor(storage, shape: [2, 2], strides: [2, 1]))
        file += p.run(p.ascii("]"), listed.flatMap { p.string($0) + p.ascii("a") }, p.stop)
        file += le(count, 8) + (0..<4).flatMap { le(Int(Float($0).bitPattern), 4) }
        return file
    }

    @Test func `A file of one tensor is read, with any protocol`() throws {
        #expect(try open(legacy()).float32("a", shape: [2, 2]).floats == [0, 1, 2, 3])
        #expect(try open(legacy(protocol: 3)).float32("a").floats == [0, 1, 2, 3])
    }

    @Test func `What does not fit is an error`() throws {
        let files = [
            legacy(version: 1002), legacy(littleEndian: false), legacy(key: "1"), legacy(listed: []),
            legacy(listed: ["0", "0"]), legacy(count: 5), legacy(count: -1), legacy(count: .max),
            legacy(view: Pickle.tuple(Pickle.string("v"), Pickle.int(0), Pickle.int(4))),
        ]
        for (index, file) in files.enumerated() {
            let error = try #require(throws: BertError.self, "\(index)") { try open(file) }
            #expect(error.code == .malformedFile, "\(index)")
            #expect(error.file == "m/pytorch_model.bin", "\(index)")
        }
    }

    @Test func `A pickled model and a training checkpoint say how to get the weights`() throws {
        let p = Pickle.self
        let module = p.run(p.global("transformers.modeling_bert", "BertModel"), p.stop)
        let error = try #require(throws: BertError.self) { try open(torchFile(module)) }
        #expect(error.value == "transformers.modeling_bert.BertModel")
        #expect(error.message.contains(#"if torch.is_tensor(v)}, "m/pytorch_model.bin")"#), "\(error)")
        let tensor = p.tensor(p.storage(), shape: [4], strides: [1])
        let training = p.run(
            p.dictionary, p.string("epoch"), p.int(3), p.setItem, p.string("state_dict"),
            p.dictionary + p.string("a") + tensor + p.setItem, p.setItem, p.stop)
        let nested = try #require(throws: BertError.self) { try open(torchFile(training)) }
        #expect(nested.key == "state_dict")
        #expect(nested.message.contains(#"torch.save(c["state_dict"], "m/pytorch_model.bin")"#), "\(nested)")
    }
}

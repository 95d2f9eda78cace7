import BertCheckpoints
import BertCore
import BertModels
import Foundation
import TestSupport
import Testing

/// `pytorch_model.bin` as PyTorch writes it; the fixtures are made by `scripts/generate-pytorch-fixtures`.
@Suite struct PickleFileTests {
    static let good = Fixtures.path("pytorch/good")
    static let bad = Fixtures.path("pytorch/bad")

    @Test(arguments: ["types", "views", "module", "protocol-3", "protocol-4", "protocol-5"])
    func `Tensors of PyTorch's format are those of the safetensors file beside it`(name: String) throws {
        let checkpoint = try openTorchFile(fileBytes("\(Self.good)/\(name).bin"))
        let expected = try SafetensorsFile(path: "\(Self.good)/\(name).safetensors")
        #expect(checkpoint.names == expected.tensors.map(\.name).sorted())
        for want in expected.tensors {
            let got = try checkpoint.tensor(want.name)
            #expect(got.type == want.type, "\(want.name)")
            #expect(got.shape == want.shape, "\(want.name)")
            #expect(got.data.bytes == want.data.bytes, "\(want.name)")
        }
    }

    @Test(arguments: ["", "/sharded"]) func `A model in PyTorch's format is the model`(folder: String) throws {
        let checkpoint = try Checkpoint(ModelFiles(folder: Self.good + folder))
        let expected = try Checkpoint(ModelFiles(folder: Fixtures.path("models/bert-eps")))
        #expect(checkpoint.names == expected.names)
        for name in expected.names {
            #expect(try checkpoint.tensor(name).data.bytes == expected.tensor(name).data.bytes, "\(name)")
        }
    }

    @Test func `Safetensors files are taken before PyTorch's`() throws {
        let weights = HostBuffer(try fileBytes(Fixtures.path("models/bert-eps/model.safetensors")))
        let files = ModelFiles(
            name: "m", files: ["model.safetensors": weights, "pytorch_model.bin": HostBuffer([UInt8(0)])])
        #expect(try Checkpoint(files).source == "m/model.safetensors")
    }

    @Test func `A shard that is missing is named`() throws {
        let index = HostBuffer(try fileBytes("\(Self.good)/sharded/pytorch_model.bin.index.json"))
        let error = #expect(throws: BertError.self) {
            try Checkpoint(ModelFiles(name: "m", files: ["pytorch_model.bin.index.json": index]))
        }
        #expect(error?.description.hasPrefix("the model m has no pytorch_model-00001-of-00002.bin, in which") == true)
    }

    static let refusals = [
        "os-system": ", os-system/data.pkl: wants to import posix.system, and only tensor data is read: ",
        "os-system-protocol-4":
            ", os-system-protocol-4/data.pkl: wants to import posix.system, and only tensor data is read: ",
        "eval": ", eval/data.pkl: wants to import __builtin__.eval, and only tensor data is read: ",
        "getattr": ", getattr/data.pkl: wants to import __builtin__.getattr, and only tensor data is read: ",
        "numpy":
            ", numpy/data.pkl: wants to import numpy._core.multiarray._reconstruct, and only tensor data is read: ",
        "module":
            ", module/data.pkl: wants to import torch.nn.modules.container.Sequential, and only tensor data is read: ",
        "complex": ", complex/data.pkl: wants to import torch.ComplexFloatStorage, and only tensor data is read: ",
        "sparse":
            ", sparse/data.pkl: wants to import torch._utils._rebuild_sparse_tensor, and only tensor data is read: ",
        "optimizer": ", optimizer/data.pkl: state_dict: is a training checkpoint",
        "number": ", number/data.pkl: epoch: is an integer, not a tensor",
        "list": ", list/data.pkl: holds a list instead of a state dictionary",
        "expanded": ": a: the tensor repeats parts of its storage",
        "pickle": ": is not a file of PyTorch weights but something else",
        "script": ": is a TorchScript program",
        "compressed": ": the archive's entry module/data.pkl is compressed; torch.save writes it as it is. ",
        "big-endian": ": was written on a big-endian machine",
    ]

    @Test func `Every bad file of the set has its message here`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.bad)
        #expect(Set(files) == Set(Self.refusals.keys.map { "\($0).bin" } + ["legacy.bin"]))
        #expect(try openTorchFile(fileBytes("\(Self.bad)/legacy.bin")).names == ["a"])
    }

    @Test(arguments: refusals.keys.sorted())
    func `A file that wants to do more than hold weights is refused by name`(name: String) throws {
        let text = try #require(Self.refusals[name])
        let bytes = try fileBytes("\(Self.bad)/\(name).bin")
        let error = #expect(throws: BertError.self) { try openTorchFile(bytes) }
        #expect(error?.code == .malformedFile)
        #expect(error?.description.hasPrefix("m/pytorch_model.bin" + text) == true, "\(error?.description ?? "")")
        #expect(!FileManager.default.fileExists(atPath: "pickle-was-here"))
    }
}

import BertCheckpoints
import BertCore
import BertModels
import Foundation
import TestSupport
import Testing

@Suite struct CheckpointWriterTests {
    private func tensor(_ name: String, _ type: ElementType, _ shape: [Int], _ bytes: [UInt8])
        -> SafetensorsWriter.Tensor
    {
        SafetensorsWriter.Tensor(name: name, type: type, shape: shape, data: HostBuffer(bytes))
    }

    @Test func `What is written reads back, aligned and with its notes`() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/x.safetensors"
            let tensors = [
                tensor("b", .uint8, [3], [1, 2, 3]),
                tensor("a", .bfloat16, [2, 1], [4, 5, 6, 7]),
                tensor("d", .float32, [], [0, 0, 128, 63]),
                tensor("\"é\n", .int64, [1], [8, 0, 0, 0, 0, 0, 0, 0]),
                tensor("empty", .float64, [0, 4], []),
                tensor("c", .float32, [1], [0, 0, 0, 64]),
                tensor("t", .bool, [1], [1]), tensor("h", .float16, [1], [0, 60]),
                tensor("i", .int8, [1], [255]), tensor("j", .int32, [1], [9, 0, 0, 0]),
            ]
            try SafetensorsWriter.write(tensors, metadata: ["z": "1", "format": "pt"], to: path)
            let file = try SafetensorsFile(path: path)
            #expect(file.metadata == ["z": "1", "format": "pt"])
            #expect(Set(file.tensors.map(\.name)) == Set(tensors.map(\.name)))
            for tensor in tensors {
                let stored = try file.tensor(tensor.name)
                #expect(stored.type.elementType == tensor.type)
                #expect(stored.shape == tensor.shape)
                #expect(try stored.data.bytes == tensor.data().bytes)
                let address = stored.data.withUnsafeBytes { Int(bitPattern: $0.baseAddress) }
                #expect(address % tensor.type.size == 0)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["x.safetensors"])
        }
    }

    @Test func `An older file is replaced, and who has mapped it keeps it`() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/x.safetensors"
            try SafetensorsWriter.write([tensor("a", .uint8, [1], [1])], to: path)
            let old = try SafetensorsFile(path: path)
            try SafetensorsWriter.write([tensor("a", .uint8, [2], [2, 3])], to: path)
            #expect(try old.tensor("a").int64() == [1])
            #expect(try SafetensorsFile(path: path).tensor("a").int64() == [2, 3])
        }
    }

    @Test func `A checkpoint survives being written again`() throws {
        try withTemporaryFolder { folder in
            let old = try SafetensorsFile(path: Fixtures.path("models/bert-float16/model.safetensors"))
            let path = "\(folder)/x.safetensors"
            try SafetensorsWriter.write(
                old.tensors.map { tensor in
                    SafetensorsWriter.Tensor(
                        name: tensor.name, type: try #require(tensor.type.elementType), shape: tensor.shape,
                        data: tensor.data)
                }, metadata: old.metadata, to: path)
            let new = try SafetensorsFile(path: path)
            #expect(new.tensors.count == old.tensors.count)
            for tensor in old.tensors { #expect(try new.tensor(tensor.name).data.bytes == tensor.data.bytes) }
        }
    }

    @Test func `Tensors that do not fit are refused, and nothing is left behind`() throws {
        try withTemporaryFolder { folder in
            func refused(
                _ tensors: [SafetensorsWriter.Tensor], key: String, value: BertError.Value? = nil,
                limit: BertError.Value? = nil
            ) {
                expectError(.invalidArgument, key: key, value: value, limit: limit) {
                    try SafetensorsWriter.write(tensors, to: "\(folder)/x.safetensors")
                }
            }
            refused([tensor("a", .float32, [2], [0])], key: "a", value: 1, limit: 8)
            refused([tensor("a", .uint8, [-1, -1], [0])], key: "a", value: "[-1, -1]")
            let most = Int.max
            refused([tensor("a", .uint8, [most, most], [0])], key: "a", value: "[\(most), \(most)]")
            let huge = tensor("a", .uint8, [most], [0])
            refused([tensor("b", .uint8, [most], [0]), huge], key: "b", value: "[\(most)]")
            refused([tensor("a", .uint8, [1], [0]), tensor("a", .uint8, [1], [0])], key: "a")
            refused([tensor("__metadata__", .uint8, [1], [0])], key: "__metadata__")
            expectError(.fileNotReadable, file: "\(folder)/none/x") {
                try SafetensorsWriter.write([tensor("a", .uint8, [1], [0])], to: "\(folder)/none/x")
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left.isEmpty)
        }
    }
}

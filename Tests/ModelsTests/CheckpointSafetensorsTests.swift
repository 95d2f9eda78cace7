import BertCheckpoints
import BertCore
import BertModels
import TestSupport
import Testing

@Suite struct CheckpointSafetensorsTests {
    static let whole = Fixtures.path("models/bert-eps/model.safetensors")

    @Test func `A file cut at any of 200 positions is an error that names it`() throws {
        let whole = try fileBytes(Self.whole)
        let headerEnd = 8 + whole.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
        // Half of the positions are in the header, and half after it.
        let positions =
            (0..<100).map { $0 * headerEnd / 100 } + (0..<100).map { headerEnd + $0 * (whole.count - headerEnd) / 100 }
        #expect(Set(positions).count == 200)
        for position in positions {
            let cut = try GuardedBytes.buffer(Array(whole[..<position]))
            let error = #expect(throws: BertError.self) { try SafetensorsFile(cut, source: "cut.safetensors") }
            #expect(error?.code == .malformedFile)
            #expect(error?.description.hasPrefix("cut.safetensors") == true, "cut at \(position)")
        }
    }

    @Test func `A byte changed in the header is an error, or the data is still the file's own`() throws {
        let whole = try fileBytes(Self.whole)
        let original = try SafetensorsFile(GuardedBytes.buffer(whole), source: "original")
        let data = original.tensors.flatMap(\.data.bytes)
        let headerEnd = whole.count - data.count
        var generator = SplitMix64(state: 2024)
        var errors = 0
        for _ in 0..<500 {
            var changed = whole
            let position = Int.random(in: 0..<headerEnd, using: &generator)
            changed[position] ^= UInt8.random(in: 1...255, using: &generator)
            let buffer = try GuardedBytes.buffer(changed)
            do {
                let file = try SafetensorsFile(buffer, source: "changed.safetensors")
                // If a name, a type of the same size or a note has changed, the bytes and sizes must be unchanged.
                #expect(file.tensors.flatMap(\.data.bytes) == data, "byte \(position)")
                for tensor in file.tensors {
                    #expect(tensor.shape.reduce(tensor.type.size, *) == tensor.data.count)
                    if tensor.type == .float32 { #expect(try tensor.float32().count == tensor.data.count) }
                }
            } catch let error as BertError {
                errors += 1
                #expect(error.code == .malformedFile)
                #expect(error.file == "changed.safetensors", "\(error)")
            }
        }
        // Most of a header consists of names, and any name is valid.
        #expect((100..<500).contains(errors))
    }

    private static func damaged(
        key: String? = nil, line: Int? = nil, column: Int? = nil, value: BertError.Value? = nil,
        limit: BertError.Value? = nil
    ) -> BertError {
        BertError(
            .malformedFile, "", file: "x.safetensors", key: key, line: line, column: column, value: value, limit: limit)
    }

    static let damaged: [(header: String, dataCount: Int, error: BertError)] = [
        ("", 0, damaged(line: 1, column: 1)),
        ("[]", 0, damaged()),
        (#"{"a":1}"#, 0, damaged(key: "a")),
        (#"{"a":{"shape":[],"data_offsets":[0,4]}}"#, 4, damaged(key: "a.dtype")),
        (#"{"a":{"dtype":"F32","data_offsets":[0,4]}}"#, 4, damaged(key: "a.shape")),
        (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, damaged(key: "a.data_offsets")),
        (
            #"{"a":{"dtype":3,"shape":[1],"data_offsets":[0,4]}}"#, 4,
            damaged(key: "a.dtype")
        ),
        (
            #"{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}"#, 4,
            damaged(key: "a.shape")
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4,
            damaged(key: "a.shape[0]")
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}"#, 4,
            damaged(key: "a.shape[0]")
        ),
        (
            #"{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}"#, 4,
            damaged(key: "a.shape[0]")
        ),
        (
            #"{"a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4]}}"#, 4,
            damaged(key: "a.shape[0]")
        ),
        (
            #"{"a":{"dtype":"F32","shape":[99999999999999999999999],"data_offsets":[0,4]}}"#, 4,
            damaged(key: "a.shape[0]")
        ),
        (
            #"{"a":{"dtype":"F32","shape":[9223372036854775807,2,0],"data_offsets":[0,0]}}"#, 0,
            damaged(key: "a", value: "[9223372036854775807, 2, 0]")
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 4,
            damaged(key: "a", value: 1, limit: 2)
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4,
            damaged(key: "a", value: 0, limit: 4)
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, 4,
            damaged(key: "a.data_offsets[0]")
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[9223372036854775804,9223372036854775807]}}"#, 4,
            damaged(key: "a", value: .int(9223372036854775807), limit: 4)
        ),
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            8, damaged(key: "b", value: 4)
        ),
        (
            #"{"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            12, damaged(key: "b", value: 8, limit: 4)
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8,
            damaged(key: "a", value: 4, limit: 0)
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8,
            damaged(value: 8, limit: 4)
        ),
        (
            "{}", 1,
            damaged(value: 1, limit: 0)
        ),
        (
            #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
            2,
            damaged(key: "a", line: 1, column: 54)
        ),
        (
            #"{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}"#, 1,
            damaged(key: "a.dtype", line: 1, column: 20)
        ),
        (
            #"{"\u00e9":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"e\u0301":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
            2, damaged(key: "e\u{301}")
        ),
        (
            #"{"__metadata__":{"format":1}}"#, 0,
            damaged(key: "__metadata__.format")
        ),
        (
            #"{"__metadata__":["pt"]}"#, 0,
            damaged(key: "__metadata__")
        ),
        (
            #"{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}"#, 4,
            damaged(key: "a", value: "f32")
        ),
    ]

    @Test(arguments: damaged.indices) func `A header that contradicts itself or the file is an error`(index: Int) throws
    {
        let (header, dataCount, error) = Self.damaged[index]
        let file = safetensors(header: header, data: Array(repeating: 0, count: dataCount))
        expectError(error) { try SafetensorsFile(GuardedBytes.buffer(file), source: "x.safetensors") }
    }

    @Test func `A header that is not UTF-8 is an error`() throws {
        var file = safetensors(header: #"{"aé":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, data: [0])
        file[8 + 4] = 0xff
        expectError(.malformedFile, file: "x", line: 1, column: 4) {
            try SafetensorsFile(GuardedBytes.buffer(file), source: "x")
        }
    }

    @Test(arguments: [
        (
            "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
            "x: is not a safetensors file but a Git LFS pointer; download the weights with: git lfs pull"
        ),
        (
            "PK\u{3}\u{4}00000000",
            "x: is not a safetensors file but a zip archive, probably PyTorch weights; rename it to pytorch_model.bin"
        ),
        ("<!DOCTYPE html><html>", "x: is not a safetensors file but a web page; download the file itself"),
        ("1234567", "x: has 7 bytes, too few for a safetensors file; it was not copied completely"),
    ])
    func `What is often found in the place of a safetensors file is called by its name`(
        content: String, text: String
    ) throws {
        let buffer = try GuardedBytes.buffer(Array(content.utf8))
        let error = #expect(throws: BertError.self) { try SafetensorsFile(buffer, source: "x") }
        #expect(error?.description == text)
    }

    @Test func `Tensors of no elements, single numbers and padding are read`() throws {
        let header = #"""
            {"z":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"e":{"dtype":"F16","shape":[0,7],"data_offsets":[4,4]},
            "f":{"dtype":"F64","shape":[3,0],"data_offsets":[4,4]},"__metadata__":{"a":"b","format":"pt"},
            "m":{"dtype":"U8","shape":[1,3],"data_offsets":[4,7],"more":null}}
            """# + "   "
        let data: [UInt8] = [0, 0, 0x80, 0x3f, 7, 8, 9]
        let file = try SafetensorsFile(GuardedBytes.buffer(safetensors(header: header, data: data)), source: "x")
        #expect(file.metadata == ["a": "b", "format": "pt"])
        #expect(file.tensors.map(\.name).sorted() == ["e", "f", "m", "z"])
        #expect(try file.tensor("z").float32().floats == [1])
        #expect(try file.tensor("z").count == 1)
        #expect(try file.tensor("e").float32().count == 0)
        #expect(try file.tensor("f").float32().count == 0)
        #expect(try file.tensor("m").int64() == [7, 8, 9])
        #expect(try file.tensor("m").shape == [1, 3])
        expectError(.weightsMismatch, file: "x", key: "none") { try file.tensor("none") }
    }
}

import BackendReference
import Bert
import Foundation
import TestSupport
import Testing

/// Tests that a failed save leaves the folder unchanged, and that the error has the reason.
@Suite struct SavingFailureTests {
    private static func model() throws -> BertModel {
        try BertModel.fromPretrained(Fixtures.path("models/bert-base"), backend: .named("reference"))
    }

    /// Returns a model with a weight that float16 can't represent.
    private static func modelOfGreatWeights() throws -> BertModel {
        let folder = Fixtures.path("models/bert-base")
        var tensors: [SafetensorsWriter.Tensor] = []
        for tensor in try SafetensorsFile(path: "\(folder)/model.safetensors").tensors {
            let data =
                tensor.name.hasSuffix("pooler.dense.bias")
                ? HostBuffer([Float](repeating: 70_000, count: tensor.count)) : tensor.data
            tensors.append(.init(name: tensor.name, type: .float32, shape: tensor.shape, data: data))
        }
        return try withTemporaryFolder { copy in
            try SafetensorsWriter.write(tensors, to: "\(copy)/model.safetensors")
            try FileManager.default.copyItem(atPath: "\(folder)/config.json", toPath: "\(copy)/config.json")
            return try BertModel.fromPretrained(copy, backend: .named("reference"))
        }
    }

    private func state(_ folder: String) throws -> [String: [UInt8]] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
        return Dictionary(
            uniqueKeysWithValues: names.map { ($0, (try? fileBytes("\(folder)/\($0)")) ?? []) })
    }

    @Test func `weights too great for float16 are an error, and the old files stay`() throws {
        let model = try Self.modelOfGreatWeights()
        try withTemporaryFolder { folder in
            try Self.model().savePretrained(folder)
            let before = try state(folder)
            expectError(.invalidArgument, key: "pooler.dense.bias", value: 70_000.0, limit: "float16") {
                try model.savePretrained(folder, options: .init(dtype: .float16))
            }
            #expect(try state(folder) == before)
            #expect(throws: Never.self) { try model.savePretrained(folder, options: .init(dtype: .bfloat16)) }
        }
    }

    @Test func `a type that weights are not saved in is an error`() throws {
        try withTemporaryFolder { folder in
            expectError(.unsupported, value: "int8", choices: ["float32", "float16", "bfloat16"]) {
                try Self.model().savePretrained(folder, options: .init(dtype: .int8))
            }
            let left = try state(folder)
            #expect(left == [:])
        }
    }

    @Test func `a file in the place of the folder is an error`() throws {
        try withTemporaryFolder { folder in
            try Data("x".utf8).write(to: URL(fileURLWithPath: "\(folder)/file"))
            for path in ["file", "file/model", "new/../file/model"] {
                let error = expectError(.fileNotReadable) { try Self.model().savePretrained("\(folder)/\(path)") }
                #expect(error?.file?.hasSuffix("/file") == true)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
        }
    }

    @Test func `a folder in the place of a file is an error`() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(
                atPath: "\(folder)/model.safetensors", withIntermediateDirectories: false)
            expectError(.fileNotReadable, file: "\(folder)/model.safetensors") {
                try Self.model().savePretrained(folder)
            }
            #expect(try state(folder).keys.sorted() == ["model.safetensors"])
        }
    }

    @Test func `a folder that can't be made is an error with the system's words`() throws {
        let model = try Self.model()
        expectError(.fileNotReadable, file: "/proc/none") { try model.savePretrained("/proc/none/model") }
        #expect(throws: BertError.self) { try model.savePretrained("") }
        #expect(throws: BertError.self) { try model.savePretrained("a\0b") }
    }

    @Test(.enabled(if: geteuid() != 0, "the superuser may write everywhere"))
    func `a folder that may not be written to is an error with the system's words`() throws {
        try withTemporaryFolder { folder in
            try #require(chmod(folder, 0o500) == 0)
            defer { chmod(folder, 0o700) }
            expectError(.fileNotReadable, file: folder) { try Self.model().savePretrained(folder) }
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible, "mounting a small file system is not permitted here"))
    func `a full disk is an error, and the old files stay`() throws {
        try withTemporaryFolder { folder in
            try SmallDisk.with(kilobytes: 200, at: folder) {
                try Self.model().savePretrained(folder)
                let before = try state(folder)
                let error = expectError(.fileNotReadable) { try Self.model().savePretrained(folder) }
                #expect(error?.file?.hasSuffix("model.safetensors") == true)
                #expect(try state(folder) == before)
                expectError(.fileNotReadable) { try Self.model().savePretrained("\(folder)/a/b") }
                #expect(try state(folder) == before)
            }
        }
    }

    @Test func `saving a dummy throws why there is no model`() throws {
        let registry = BackendRegistry(environment: BertEnvironment(["BERT_BACKEND": "reference"])) { _ in }
        let resolution = try ModelCatalogue.shared.resolve("BertModel", registry: registry)
        let dummy = try resolution.fromPretrainedOrDummy(Fixtures.path("models/bert-base"))
        try withTemporaryFolder { folder in
            let error = #expect(throws: BackendUnavailableError.self) { try dummy.savePretrained("\(folder)/x") }
            #expect(error?.description == resolution.unavailable?.description)
            let left = try state(folder)
            #expect(left == [:])
        }
    }
}

/// A file system with a size of a few kilobytes, if mounting is permitted.
private enum SmallDisk {
    static let isPossible: Bool = (try? withTemporaryFolder { try with(kilobytes: 50, at: $0) { true } }) ?? false

    static func with<Result>(kilobytes: Int, at folder: String, _ body: () throws -> Result) throws -> Result {
        try run("mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", folder)
        defer { try? run("umount", folder) }
        return try body()
    }

    private static func run(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BertError(.unsupported, "\(arguments)") }
    }
}

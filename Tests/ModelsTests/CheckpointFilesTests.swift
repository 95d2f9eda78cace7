import BertCheckpoints
import BertCore
import BertModels
import Foundation
import TestSupport
import Testing

@Suite struct CheckpointFilesTests {
    @Test func `A folder that is not there is an error`() {
        expectError(.fileNotReadable, file: "/nowhere/model") { try ModelFiles(folder: "/nowhere/model/") }
        let relative = expectError(.fileNotReadable, file: "no such model") { try ModelFiles(folder: "no such model") }
        #expect(relative?.message.contains(FileManager.default.currentDirectoryPath) == true)
        #expect(throws: BertError.self) { try ModelFiles(folder: "") }
        #expect(throws: BertError.self) { try ModelFiles(folder: "a\0b") }
    }

    @Test func `A file in the place of the folder is an error`() {
        let path = Fixtures.path("models/bert-base/config.json")
        expectError(.fileNotReadable, file: path) { try ModelFiles(folder: path) }
    }

    @Test func `A folder without config is an error that lists what is there`() throws {
        try withTemporaryFolder { folder in
            let file = "\(folder)/config.json"
            expectError(.fileNotReadable, file: file, choices: []) { try BertConfig(ModelFiles(folder: folder)) }
            for number in 10..<30 { try Data().write(to: URL(fileURLWithPath: "\(folder)/f\(number)")) }
            let full = expectError(.fileNotReadable, file: file, choices: (10..<22).map { "f\($0)" }) {
                try BertConfig(ModelFiles(folder: folder))
            }
            #expect(full?.message.contains("8 more") == true)
        }
    }

    @Test(arguments: [
        "/etc/hostname", "../bert-eps/config.json", "a/../config.json", "./config.json", "", "a//b", "a/", ".",
    ])
    func `A name that leads out of the model is refused`(name: String) throws {
        let files = try ModelFiles(folder: Fixtures.path("models/bert-base"))
        #expect(!files.contains(name))
        for read in [{ _ = try files.read(name) }, { _ = try files.map(name) }] as [() throws -> Void] {
            expectError(.fileNotReadable, file: files.location, value: .string(name), read)
        }
    }

    @Test func `Files are read and mapped, links are followed, subfolders are part of the model`() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/1_Pooling", withIntermediateDirectories: true)
            try Data("{}".utf8).write(to: URL(fileURLWithPath: "\(folder)/1_Pooling/config.json"))
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/link", withDestinationPath: Fixtures.path("models/bert-base/vocab.txt"))
            try Data().write(to: URL(fileURLWithPath: "\(folder)/empty"))
            let files = try ModelFiles(folder: folder + "//")
            #expect(files.location == folder)
            #expect(files.names == ["1_Pooling", "empty", "link"])
            #expect(try files.read("1_Pooling/config.json") == Array("{}".utf8))
            #expect(try files.map("link").bytes == files.read("link"))
            #expect(try files.read("link").isEmpty == false)
            #expect(try files.map("empty").count == 0)
            #expect(try files.read("empty").isEmpty)
        }
    }

    @Test func `What is no readable file is an error that says why`() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/sub", withIntermediateDirectories: true)
            try Data(count: 11).write(to: URL(fileURLWithPath: "\(folder)/large"))
            mkfifo("\(folder)/pipe", 0o600)
            let files = try ModelFiles(folder: folder)
            expectError(.fileNotReadable, file: "\(folder)/sub") { try files.read("sub") }
            expectError(.fileNotReadable, file: "\(folder)/pipe") { try files.map("pipe") }
            expectError(.fileNotReadable, file: "\(folder)/large", value: 11, limit: 10) {
                try files.read("large", limit: 10)
            }
            expectError(.fileNotReadable, file: "\(folder)/none") { try files.read("none") }
        }
    }

    @Test(.enabled(if: getuid() != 0, "the superuser may read everything"))
    func `A file that may not be read is an error`() throws {
        try withTemporaryFolder { folder in
            try Data("{}".utf8).write(to: URL(fileURLWithPath: "\(folder)/config.json"))
            chmod("\(folder)/config.json", 0)
            expectError(.fileNotReadable, file: "\(folder)/config.json") { try BertConfig(ModelFiles(folder: folder)) }
        }
    }

    @Test func `Files in memory are found by name`() throws {
        let files = ModelFiles(name: "demo", files: ["a": HostBuffer(Array("x".utf8))])
        #expect(files.contains("a") && !files.contains("b"))
        #expect(try files.read("a") == [120])
        #expect(files.path(of: "a") == "demo/a")
        expectError(.fileNotReadable, file: "demo/b") { try files.map("b") }
    }
}

import BertCheckpoints
import BertCore
import BertModels
import Foundation
import TestSupport
import Testing

@Suite struct CheckpointFilesTests {
    @Test func `A folder that is not there is an error that says what a model is`() {
        let error = #expect(throws: BertError.self) { try ModelFiles(folder: "/nowhere/model/") }
        error?.expect(.fileNotReadable, file: "/nowhere/model")
        #expect(error?.message.contains("a model folder in Hugging Face layout has config.json") == true)
        let relative = #expect(throws: BertError.self) { try ModelFiles(folder: "no such model") }
        #expect(
            relative?.message.hasSuffix("(the working folder is \(FileManager.default.currentDirectoryPath))") == true)
        #expect(throws: BertError.self) { try ModelFiles(folder: "") }
        #expect(throws: BertError.self) { try ModelFiles(folder: "a\0b") }
    }

    @Test func `A file in the place of the folder is an error`() {
        let path = Fixtures.path("models/bert-base/config.json")
        expectError(.fileNotReadable, file: path) { try ModelFiles(folder: path) }
    }

    @Test func `A folder without config is an error that lists what is there`() throws {
        try withTemporaryFolder { folder in
            let empty = message(in: folder) { _ = try BertConfig(ModelFiles(folder: folder)) }
            #expect(empty?.text == "DIR/config.json: there is no such file; the folder is empty")
            #expect(empty?.code == .fileNotReadable)
            for number in 10..<30 { try Data().write(to: URL(fileURLWithPath: "\(folder)/f\(number)")) }
            let full = message(in: folder) { _ = try BertConfig(ModelFiles(folder: folder)) }
            #expect(
                full?.text
                    == "DIR/config.json: there is no such file; the folder has f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, "
                    + "f21 and 8 more")
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
    func `A file that may not be read is an error with the system's words`() throws {
        try withTemporaryFolder { folder in
            try Data("{}".utf8).write(to: URL(fileURLWithPath: "\(folder)/config.json"))
            chmod("\(folder)/config.json", 0)
            let error = message(in: folder) { _ = try BertConfig(ModelFiles(folder: folder)) }
            #expect(error?.text == "DIR/config.json: can't be opened: Permission denied")
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

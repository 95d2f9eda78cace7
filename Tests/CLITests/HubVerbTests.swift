import BertCore
import BertHub
import BertJSON
import Foundation
import TestSupport
import Testing

/// Tests the hub's commands with a hub on this machine.
@Suite(.enabled(if: HubStandIn.isPossible)) struct HubVerbTests {
    private static let standIn = Result { try HubStandIn() }
    private let cache: TemporaryFolder
    private let standIn: HubStandIn

    init() throws {
        cache = try TemporaryFolder()
        standIn = try Self.standIn.get()
    }

    private func run(_ arguments: String..., more: [String: String] = [:]) throws -> BertProgram.Run {
        try BertProgram.run(
            more: arguments, environment: standIn.environment(cache: cache.path).merging(more) { $1 })
    }

    @Test func `download prints the folder, and tells no secrets however much it tells`() throws {
        let token = ["HF_TOKEN": HubStandIn.token]
        let run = try run("download", "gated/tiny", "--verbose", more: token)
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.lines.count == 1)
        #expect(FileManager.default.fileExists(atPath: (run.lines.first ?? "") + "/model.safetensors"))
        #expect(run.errors.contains("302 GET \(standIn.hub)/gated/tiny/resolve/"))
        #expect(!run.errors.contains(HubStandIn.token) && !run.errors.contains("Signature"))
        // All files are cached, so nothing is requested.
        let again = try self.run("download", "gated/tiny", more: ["HF_HUB_OFFLINE": "1"])
        #expect(again.output == run.output && again.errors == "")
        let list = try self.run("download", "acme/tiny", "--dry-run", "--include", "*.json", "onnx/*")
        #expect(list.output.contains("onnx/model.onnx") && list.output.contains("to download"))
        #expect(!FileManager.default.fileExists(atPath: cache.path + "/hub/models--acme--tiny"))
    }

    @Test func `A model that isn't in the cache comes when that is allowed, and is told how to get when it isn't`()
        throws
    {
        func embed(_ more: String..., environment: [String: String] = [:]) throws -> BertProgram.Run {
            try BertProgram.run(
                "embed", "--backend", "reference", "--model", "acme/tiny", "a text", more: more,
                environment: standIn.environment(cache: cache.path).merging(environment) { $1 })
        }
        let refused = try embed()
        refused.expect(.fileNotReadable, value: "acme/tiny")
        for way in ["bert download acme/tiny", "--download", "HF_HUB_OFFLINE=0"] {
            #expect(refused.errors.contains(way))
        }
        let off = try embed("--download", environment: ["HF_HUB_OFFLINE": "1"])
        off.expect(.offline, value: "acme/tiny")
        let allowed = try embed(environment: ["HF_HUB_OFFLINE": "0"])
        #expect(allowed.code == 0, "\(allowed.errors)")
        #expect(try embed().output == allowed.output)
        let flagged = try run("inspect", "acme/sharded", "--download")
        #expect(flagged.errors.contains("downloaded acme/sharded: 4 files"))
        let unknown = try run("inspect", "acme/nope", "--download")
        unknown.expect(.repositoryNotFound, value: "acme/nope")
    }

    #if os(Linux)
        @Test func `On a terminal somebody is asked`() throws {
            let command = "'\(BertProgram.path)' inspect acme/tiny"
            for (answer, isLoaded) in [("n", false), ("y", true)] {
                let run = try BertProgram.run(
                    "-c", "printf '\(answer)\\n' | script -qec \"\(command)\" /dev/null", program: "/bin/sh",
                    environment: standIn.environment(cache: cache.path))
                #expect(run.output.contains("download acme/tiny (42.5 kB) from \(standIn.hub)? [y/N]"), "\(run.output)")
                #expect(run.output.contains("bert download acme/tiny") != isLoaded)
                #expect(FileManager.default.fileExists(atPath: cache.path + "/hub/models--acme--tiny/refs") == isLoaded)
            }
        }
    #endif

    @Test func `What was killed in the middle goes on there`() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: BertProgram.path)
        process.arguments = ["download", "slow/large"]
        process.environment = ["PATH": "/usr/bin:/bin"].merging(standIn.environment(cache: cache.path)) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let blobs = cache.path + "/hub/models--slow--large/blobs"
        func left() -> Int {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: blobs)) ?? []
            return names.filter { $0.hasSuffix(".incomplete") }.compactMap {
                (try? FileManager.default.attributesOfItem(atPath: "\(blobs)/\($0)"))?[.size] as? Int
            }.max() ?? 0
        }
        for _ in 0..<3_000 where left() < 100_000 && process.isRunning { usleep(10_000) }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let count = left()
        #expect(count >= 100_000)
        #expect(try run("cache", "list").output.contains("incomplete"))
        let done = try run("download", "slow/large")
        #expect(done.code == 0, "\(done.errors)")
        let path = try #require(done.lines.first) + "/model.safetensors"
        #expect(
            try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
                == standIn.contents("model.safetensors", of: "large"))
        #expect(try standIn.requests("slow").contains { $0.range == "bytes=\(count)-" })
    }

    @Test func `Without libcurl the error has the reason and the fix`() throws {
        let run = try run(
            "download", "acme/tiny", more: ["BERT_CURL_LIBRARY": "/nowhere/libcurl.so", "BERT_ERRORS": "text"])
        #expect(run.code == 1)
        for word in ["libcurl", "reason:", "tried:", "/nowhere/libcurl.so", "fix:"] {
            #expect(run.errors.contains(word))
        }
        // Other commands don't need libcurl.
        #expect(try self.run("cache", "list", more: ["BERT_CURL_LIBRARY": "/nowhere"]).code == 0)
    }

    @Test func `The cache is listed, checked and cleared, and nothing goes without a word`() throws {
        #expect(try run("cache", "list").output.contains("no models in"))
        let folder = try #require(run("download", "acme/tiny").lines.first)
        let json = try run("cache", "list", "--json").json()
        #expect(json["models"]?[0]?["id"]?.stringValue == "acme/tiny")
        #expect(json["models"]?[0]?["revisions"]?[0]?["refs"]?[0]?.stringValue == "main")
        #expect(json["models"]?[0]?["revisions"]?[0]?["complete"]?.boolValue == true)
        #expect(try run("cache", "verify", "acme/tiny").code == 0)
        #expect(try run("cache", "verify", "acme/other").code == 1)
        let weights = URL(fileURLWithPath: folder + "/model.safetensors").resolvingSymlinksInPath()
        var bytes = try Data(contentsOf: weights)
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: weights)
        let verified = try run("cache", "verify")
        #expect(verified.code == 1)
        #expect(verified.output.contains("damaged: \(folder)/model.safetensors"))
        #expect(verified.errors.contains("fix: bert download acme/tiny --verify"))
        #expect(try run("cache", "verify", "--json").json()["damaged"]?.intValue == 1)
        #expect(try run("download", "acme/tiny", "--verify").code == 0)
        #expect(try run("cache", "verify").code == 0)
        try bytes.prefix(bytes.count / 2).write(to: weights)
        let cut = try run("inspect", "acme/tiny", more: ["HF_HUB_OFFLINE": "1"])
        #expect(cut.code == 1 && cut.error?.code == .malformedFile, "\(cut.errors)")
        #expect(cut.reported?["fix"]?.stringValue?.hasPrefix("bert download acme/tiny --verify") == true)
        #expect(try run("download", "acme/tiny").code == 0)

        #expect(try run("cache", "prune").output.contains("nothing to remove"))
        try FileManager.default.removeItem(atPath: cache.path + "/hub/models--acme--tiny/refs/main")
        #expect(try run("cache", "prune", "--dry-run").output.contains("nothing was removed"))
        let nobody = try run("cache", "prune")
        nobody.expect(.invalidArgument, key: "--yes")
        #expect(FileManager.default.fileExists(atPath: folder))
        #expect(try run("cache", "prune", "--yes").code == 0)
        #expect(!FileManager.default.fileExists(atPath: cache.path + "/hub/models--acme--tiny"))
    }
}

import BertCore
import BertHub
import Foundation
import Synchronization
import TestSupport
import Testing

/// Tests downloads from a hub on this machine over TLS.
@Suite(.enabled(if: HubStandIn.isPossible)) struct HubDownloadTests {
    static let standIn = Result { try HubStandIn() }

    /// A client with its own cache, and its events.
    final class Client: Sendable {
        let standIn: HubStandIn
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cache-\(UUID().uuidString)").path
        let events = Mutex<[HubEvent]>([])
        let waited = Mutex<[Double]>([])
        private let more: [String: String]

        init(_ more: [String: String] = [:]) throws {
            standIn = try HubDownloadTests.standIn.get()
            self.more = more
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        var environment: [String: String] { standIn.environment(cache: folder).merging(more) { $1 } }
        var cache: HubCache { HubCache(environment: environment) }

        func hub() throws -> Hub {
            try Hub(environment: environment, pause: { seconds in self.waited.withLock { $0.append(seconds) } }) {
                event in
                self.events.withLock { $0.append(event) }
            }
        }

        func repository(_ id: String) -> String {
            "\(folder)/hub/models--\(id.replacingOccurrences(of: "/", with: "--"))"
        }

        func names(_ path: String) -> Set<String> {
            Set((try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? [])
        }
    }

    static let tiny: Set<String> = [
        "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt",
        "modules.json",
        "config_sentence_transformers.json", "sentence_bert_config.json", "1_Pooling/config.json", "model.safetensors",
    ]

    @Test func `A download leaves the layout of huggingface_hub, with what the model needs and nothing else`() throws {
        let client = try Client()
        let folder = try client.hub().download("acme/tiny")
        let repository = client.repository("acme/tiny")
        #expect(client.names(folder).filter { $0 != "1_Pooling" } == Self.tiny)
        let commit = try String(contentsOfFile: repository + "/refs/main", encoding: .utf8)
        #expect(folder == "\(repository)/snapshots/\(commit)")
        for name in Self.tiny {
            let target = try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
            #expect(target.hasPrefix(name.contains("/") ? "../../../blobs/" : "../../blobs/"))
            let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
            #expect(try bytes == client.standIn.contents(name, of: "tiny"))
        }
        #expect(client.names(repository + "/blobs").count == Self.tiny.count)
        #expect(client.names(client.folder + "/hub/.locks/models--acme--tiny").count == Self.tiny.count)
        #expect(FileManager.default.fileExists(atPath: client.folder + "/hub/CACHEDIR.TAG"))
        #expect(Hub.isComplete(snapshot: folder))
        #expect(try client.cache.snapshot(of: "acme/tiny") == folder)
        // The second time, there is nothing to download.
        #expect(try client.hub().plan("acme/tiny").missingBytes == 0)
    }

    @Test(arguments: ["busy", "rate", "flaky", "norange", "renamed", "moved", "bare", "tree", "escape"])
    func `A hub that is hard to get along with is got along with`(organisation: String) throws {
        let client = try Client()
        let folder = try client.hub().download("\(organisation)/tiny")
        for name in Self.tiny {
            let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
            #expect(try bytes == client.standIn.contents(name, of: "tiny"), "\(name)")
        }
        #expect(client.names(folder).filter { $0 != "1_Pooling" } == Self.tiny)
        if organisation == "rate" { #expect(client.waited.withLock { $0.allSatisfy { $0 >= 1 } && !$0.isEmpty }) }
        if organisation == "bare" {
            let missing = client.repository("bare/tiny") + "/.no_exist"
            #expect(client.names(missing).contains { $0.hasSuffix("/merges.txt") })
        }
    }

    @Test func `What was cut in the middle goes on there, and a token never goes to another host`() throws {
        let client = try Client(["HF_TOKEN": " \(HubStandIn.token)\n"])
        let folder = try client.hub().download("flaky/large")
        let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: "\(folder)/model.safetensors")))
        #expect(try bytes == client.standIn.contents("model.safetensors", of: "large"))
        let requests = try client.standIn.requests("flaky").filter { $0.path.contains("/large/") }
        let stored = requests.filter { $0.server == "Store" }
        #expect(stored.count == 2)
        let first = try #require(stored.last?.range?.split(separator: "=").last?.split(separator: "-").first)
        #expect(try #require(Int(first)) >= 1 << 20)
        #expect(stored.allSatisfy { !$0.hasToken })
        #expect(requests.filter { $0.server == "Hub" }.allSatisfy { $0.hasToken })
        #expect(!client.events.withLock { "\($0)" }.contains(HubStandIn.token))
        #expect(!client.events.withLock { "\($0)" }.contains("Signature"))
        #expect(!String(reflecting: try client.hub().settings).contains("Bearer"))
    }

    static let failures: [(id: String, revision: String, code: BertError.Code)] = [
        ("nobody/tiny", "main", .repositoryNotFound), ("acme/nope", "main", .repositoryNotFound),
        ("private/tiny", "main", .repositoryNotFound), ("acme/tiny", "v7", .revisionNotFound),
        ("acme/tiny", "a/../b", .invalidArgument), ("a--b/c", "main", .invalidArgument),
        ("gated/tiny", "main", .gatedRepository), ("portal/tiny", "main", .notAHub), ("loop/tiny", "main", .hubFailure),
        ("insecure/tiny", "main", .hubFailure), ("down/tiny", "main", .hubFailure),
        ("short/tiny", "main", .connectionFailed),
        ("tampered/tiny", "main", .tamperedFile), ("long/tiny", "main", .tamperedFile),
    ]

    @Test(arguments: failures.indices) func `A failure has a code, and leaves no reference to a half model`(index: Int)
        throws
    {
        let (id, revision, code) = Self.failures[index]
        let client = try Client()
        let error = try #require(throws: BertError.self) { try client.hub().download(id, revision: revision) }
        #expect(error.code == code, "\(error)")
        #expect(!FileManager.default.fileExists(atPath: client.repository(id) + "/refs"))
        #expect(!client.names(client.repository(id) + "/snapshots").contains { $0.hasSuffix("model.safetensors") })
        if code == .tamperedFile {
            #expect(error.file == "model.safetensors")
            #expect(error.value != nil && error.limit != nil)
            #expect(!client.names(client.repository(id) + "/blobs").contains { $0.hasSuffix(".incomplete") })
        }
        if code == .revisionNotFound { #expect(error.value == "v7") }
    }

    @Test
    func `A token opens what is gated and private, a wrong one is told of, and none is sent if that is asked for`()
        throws
    {
        for id in ["gated/tiny", "private/tiny"] {
            _ = try Client(["HF_TOKEN": HubStandIn.token]).hub().download(id)
            let client = try Client()
            try FileManager.default.createDirectory(atPath: client.folder, withIntermediateDirectories: true)
            try Data("\(HubStandIn.token)\n".utf8).write(to: URL(fileURLWithPath: client.folder + "/token"))
            _ = try client.hub().download(id)
        }
        let wrong = try #require(throws: BertError.self) {
            try Client(["HF_TOKEN": "hf_wrong"]).hub().download("acme/tiny")
        }
        #expect(wrong.code == .invalidToken)
        #expect(!"\(wrong)".contains("hf_wrong"))
        let odd = try #require(throws: BertError.self) { try Client(["HF_TOKEN": "a b"]).hub() }
        #expect(odd.code == .invalidSetting && odd.key == "HF_TOKEN")
        let silent = try Client(["HF_TOKEN": HubStandIn.token, "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"])
        #expect(try !silent.hub().settings.hasToken)
    }

    @Test func `Settings that can't be meant are errors with the variable's name`() throws {
        for (variable, value) in [
            ("HF_ENDPOINT", "nonsense"), ("SSL_CERT_FILE", "/nowhere"), ("REQUESTS_CA_BUNDLE", "/nowhere"),
            ("HF_HUB_DOWNLOAD_TIMEOUT", "soon"),
        ] {
            let error = try #require(throws: BertError.self) { try Client([variable: value]).hub() }
            #expect(error.code == .invalidSetting)
            #expect(error.key == variable)
        }
    }

    @Test func `Certificates count wherever they are named, and without them the server is not trusted`() throws {
        let authority = try #require(Client().environment["SSL_CERT_FILE"])
        let system = "/etc/ssl/certs/ca-certificates.crt"
        for variable in ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"] {
            _ = try Client(["SSL_CERT_FILE": "", variable: authority]).hub().plan("acme/large")
            guard FileManager.default.fileExists(atPath: system) else { continue }
            _ = try Client([variable: authority, "SSL_CERT_FILE": system]).hub().plan("acme/large")
        }
        let error = try #require(throws: BertError.self) { try Client(["SSL_CERT_FILE": ""]).hub().plan("acme/large") }
        #expect(error.code == .connectionFailed)
    }

    @Test func `Nobody there, a dead proxy and a switched off network are told apart from a model that is missing`()
        throws
    {
        for more in [["HF_ENDPOINT": "https://localhost:1"], ["HTTPS_PROXY": "http://me:secret@localhost:1"]] {
            let client = try Client(more)
            let error = try #require(throws: BertError.self) { try client.hub().download("acme/tiny") }
            #expect(error.code == .connectionFailed)
            #expect(!"\(error)".contains("secret"))
            #expect(client.waited.withLock(\.count) == 2)
        }
        _ = try Client(["HTTPS_PROXY": "http://localhost:1", "NO_PROXY": "localhost,127.0.0.1"]).hub().download(
            "acme/tiny")
        let off = try #require(throws: BertError.self) { try Client(["HF_HUB_OFFLINE": "1"]).hub().plan("acme/tiny") }
        #expect(off.code == .offline)
    }

    @Test func `Weights come once: in parts where there are parts, from PyTorch where there is nothing else`() throws {
        let client = try Client()
        #expect(
            try client.hub().plan("acme/sharded").files.map(\.name)
                == ["config.json", "model.safetensors.index.json", "model-1.safetensors", "model-2.safetensors"])
        #expect(try client.hub().plan("acme/torch").files.map(\.name) == ["config.json", "pytorch_model.bin"])
        let other = try client.hub().plan("acme/tensorflow")
        #expect(other.files.map(\.name) == ["config.json"])
        #expect(client.events.withLock { $0.contains { if case .notice = $0 { true } else { false } } })
        #expect(try !Hub.isComplete(snapshot: other.run()))
    }

    @Test func `Patterns choose files, and one that fits none is an error`() throws {
        let client = try Client()
        let plan = try client.hub().plan("acme/tiny", revision: "refs/pr/1", include: ["onnx/", "README.md", "*.txt"])
        #expect(plan.files.map(\.name) == ["README.md", "onnx/model.onnx", "vocab.txt"])
        try plan.run()
        let reference = client.repository("acme/tiny") + "/refs/refs/pr/1"
        #expect(try String(contentsOfFile: reference, encoding: .utf8) == plan.commit)
        for pattern in ["*.gguf", "nope.json"] {
            let error = try #require(throws: BertError.self) {
                try client.hub().plan("acme/tiny", include: ["*.json", pattern])
            }
            #expect(error.code == .entryNotFound && error.value == .string(pattern) && error.key == "--include")
        }
        let outside = try #require(throws: BertError.self) { try client.hub().plan("escape/tiny", include: ["*.json"]) }
        #expect(outside.code == .hubFailure)
    }

    @Test func `What an earlier try left is gone on with if it is of the file, and thrown away if not`() throws {
        let whole = try Client().standIn.contents("model.safetensors", of: "large")
        let reference = try Client()
        let folder = try reference.hub().download("acme/large")
        let target = try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/model.safetensors")
        for (left, isUsed) in [
            (Array(whole.prefix(1_000_000)), true), ([UInt8](repeating: 7, count: 1_000_000), false), (whole, true),
            (whole + [1], false),
        ] {
            let client = try Client()
            let plan = try client.hub().plan("acme/large")
            let blobs = client.repository("acme/large") + "/blobs"
            try FileManager.default.createDirectory(atPath: blobs, withIntermediateDirectories: true)
            let name = try #require(target.split(separator: "/").last)
            try Data(left).write(to: URL(fileURLWithPath: "\(blobs)/\(name).incomplete"))
            let result = try plan.run() + "/model.safetensors"
            #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: result))) == whole)
            let came = client.events.withLock {
                $0.reduce(0) { if case .received("model.safetensors", let bytes) = $1 { $0 + bytes } else { $0 } }
            }
            #expect((came < whole.count) == isUsed)
        }
    }

    @Test func `A blob of the wrong size is downloaded again, and a link that leads nowhere mended`() throws {
        let client = try Client()
        let folder = try client.hub().download("acme/tiny")
        let config = folder + "/config.json"
        let blob = URL(fileURLWithPath: config).resolvingSymlinksInPath()
        try Data("{".utf8).write(to: blob)
        _ = try client.hub().download("acme/tiny")
        #expect(try [UInt8](Data(contentsOf: blob)) == client.standIn.contents("config.json", of: "tiny"))
        try FileManager.default.removeItem(at: blob)
        #expect(try client.hub().plan("acme/tiny").files.filter { !$0.isCached }.map(\.name) == ["config.json"])
        _ = try client.hub().download("acme/tiny")
        #expect(try [UInt8](Data(contentsOf: blob)) == client.standIn.contents("config.json", of: "tiny"))
    }

    @Test func `Without links the snapshot has the files themselves`() throws {
        let client = try Client(["HF_HUB_DISABLE_SYMLINKS": "1"])
        let folder = try client.hub().download("acme/tiny")
        for name in Self.tiny {
            #expect(throws: (any Error).self) {
                try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
            }
        }
        #expect(try client.hub().plan("acme/tiny").missingBytes == 0)
    }

    @Test func `Of several at once one downloads and the others wait for it`() throws {
        let client = try Client()
        let results = Mutex<[Result<String, any Error>]>([])
        let before = try client.standIn.requests("slow").count { $0.server == "Store" }
        DispatchQueue.concurrentPerform(iterations: 3) { _ in
            let result = Result { try client.hub().download("slow/large") }
            results.withLock { $0.append(result) }
        }
        #expect(Set(try results.withLock { try $0.map { try $0.get() } }).count == 1)
        #expect(try client.standIn.requests("slow").count { $0.server == "Store" } == before + 1)
        #expect(client.events.withLock { $0.contains { if case .waitsForOther = $0 { true } else { false } } })
    }

    // MARK: - The cache

    @Test func `Contents that changed are found, and so are blobs that are missing`() throws {
        let client = try Client()
        let folder = try client.hub().download("acme/tiny")
        func findings(_ kind: CacheFinding.Kind) throws -> [String] {
            var names: [String] = []
            try client.cache.model("acme/tiny").verify { if $0.kind == kind { names.append($0.name) } }
            return names
        }
        #expect(try findings(.sound).count == Self.tiny.count)
        let weights = URL(fileURLWithPath: folder + "/model.safetensors").resolvingSymlinksInPath()
        var bytes = try Data(contentsOf: weights)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: weights)
        try FileManager.default.removeItem(at: URL(fileURLWithPath: folder + "/vocab.txt").resolvingSymlinksInPath())
        #expect(try findings(.damaged) == ["model.safetensors"])
        #expect(try findings(.missing) == ["vocab.txt"])
        #expect(try findings(.unchecked) == [])
        // Contents are verified only if requested.
        #expect(try client.hub().plan("acme/tiny").files.filter { !$0.isCached }.map(\.name) == ["vocab.txt"])
        #expect(try client.hub().download("acme/tiny", verifies: true) == folder)
        #expect(try findings(.sound).count == Self.tiny.count)
        let error = try #require(throws: BertError.self) {
            try client.cache.model("acme/tiny").verify(revision: "v7") { _ in }
        }
        #expect(error.code == .revisionNotFound)
        #expect(throws: BertError.self) { try client.cache.model("acme/other") }
    }

    @Test(arguments: ["", "../../../etc", ".", "deadbeef", "no commit"])
    func `Branches that name no snapshot are found, never followed and written again`(contents: String) throws {
        let client = try Client()
        let folder = try client.hub().download("acme/tiny")
        let branch = URL(fileURLWithPath: client.cache.folder + "/models--acme--tiny/refs/main")
        try Data(contents.utf8).write(to: branch)
        var missing: [CacheFinding] = []
        try client.cache.model("acme/tiny").verify { if $0.kind != .sound { missing.append($0) } }
        #expect(missing.map(\.name) == ["refs/main"] && missing.map(\.kind) == [.missing])
        #expect(missing.first?.path == branch.path)
        let word = contents.prefix { $0 != " " }
        #expect(missing.first?.reason == "there is no snapshot of its commit \"\(word)\"")
        expectError(.fileNotReadable, value: "acme/tiny") { try client.cache.snapshot(of: "acme/tiny") }
        #expect(try client.hub().download("acme/tiny") == folder)
        #expect(try client.cache.snapshot(of: "acme/tiny") == folder)
    }

    @Test(arguments: [true, false])
    func `A damaged file that determines what is downloaded is downloaded first`(verifies: Bool) throws {
        let client = try Client()
        let folder = try client.hub().download("acme/tiny")
        let modules = URL(fileURLWithPath: folder + "/modules.json").resolvingSymlinksInPath()
        // Other sizes are noticed in any case, other contents if they are verified.
        let size = try Data(contentsOf: modules).count
        try Data(repeating: UInt8(ascii: "["), count: verifies ? size : 0).write(to: modules)
        #expect(try client.hub().download("acme/tiny", verifies: verifies) == folder)
        try client.cache.model("acme/tiny").verify { #expect($0.kind == .sound) }
    }

    @Test func `A file that links out of the cache isn't taken for a sound one`() throws {
        let client = try Client()
        let folder = try client.hub().download("acme/tiny")
        try FileManager.default.removeItem(atPath: folder + "/config.json")
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/config.json", withDestinationPath: "/etc/passwd")
        var found: [CacheFinding] = []
        try client.cache.model("acme/tiny").verify { if $0.kind != .sound { found.append($0) } }
        #expect(found.map(\.name) == ["config.json"] && found.map(\.kind) == [.unchecked])
        #expect(found.first?.reason?.contains("/etc/passwd") == true)
        #expect(try client.hub().download("acme/tiny", verifies: true) == folder)
        try client.cache.model("acme/tiny").verify { #expect($0.kind == .sound) }
    }

    @Test func `Only what nothing refers to is waste, and what somebody downloads isn't`() throws {
        let client = try Client()
        let standIn = client.standIn
        for (name, text) in [("config.json", "{}"), ("model.safetensors", "a"), ("vocab.txt", "b")] {
            try standIn.write(Array(text.utf8), to: name, of: "first")
        }
        let old = try client.hub().download("acme/first")
        #expect(client.cache.waste() == [])
        try standIn.write(Array("c".utf8), to: "model.safetensors", of: "first")
        let new = try client.hub().download("acme/first")
        #expect(old != new)
        let blobs = client.repository("acme/first") + "/blobs"
        try Data("half".utf8).write(to: URL(fileURLWithPath: blobs + "/abc.incomplete"))
        try Data("half".utf8).write(to: URL(fileURLWithPath: blobs + "/def.incomplete"))
        let lock = open(client.folder + "/hub/.locks/models--acme--first/def.lock", O_RDWR | O_CREAT, 0o664)
        defer { close(lock) }
        #expect(flock(lock, LOCK_EX) == 0)
        let waste = client.cache.waste()
        #expect(waste.map(\.kind) == [.revision, .incomplete])
        #expect(waste.map(\.name) == [String(old.split(separator: "/").last ?? ""), "abc.incomplete"])
        #expect(waste.map(\.size) == [1, 4])
        #expect(try client.cache.remove(waste) == waste)
        #expect(Hub.isComplete(snapshot: new))
        #expect(!FileManager.default.fileExists(atPath: old))
        // Three blobs of the new revision, and the unfinished download.
        #expect(client.names(blobs).count == 4)
        #expect(client.cache.waste() == [])
        try client.cache.model("acme/first").verify { #expect($0.kind == .sound) }
    }
}

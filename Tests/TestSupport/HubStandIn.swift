import BertJSON
import Foundation

/// A simulated hub on this machine over TLS, with repositories made from fixtures: `Tests/Hub/standin.py`. The name of
/// an organization determines its behavior. For example, `acme` works well, and `flaky` truncates large files.
public final class HubStandIn: Sendable {
    /// The URLs of the hub, and of the host that stores large files.
    public let hub: String
    public let store: String
    /// The token that permits access to gated repositories.
    public static let token = "hf_of_the_tests"
    private let folder: String
    private let process: Process
    private let input: Pipe

    /// Whether the required tools are available.
    public static let isPossible = ["/usr/bin/openssl", "/usr/bin/env"].allSatisfy {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Starts the hub.
    public init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hub-\(UUID().uuidString)").path
        self.folder = folder
        try Self.makeRepositories(folder + "/root")
        try Self.run("\(Fixtures.packageFolder)/Tests/Hub/make-certificates", folder)
        process = Process()
        input = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "\(Fixtures.packageFolder)/Tests/Hub/standin.py", "--root", folder + "/root", "--certificate",
            folder + "/server.pem", "--key", folder + "/server.key", "--ports", folder + "/ports", "--log",
            folder + "/log",
        ]
        process.standardInput = input
        try process.run()
        var lines: [Substring] = []
        for _ in 0..<600 where lines.isEmpty {
            usleep(50_000)
            let text = (try? String(contentsOfFile: folder + "/ports", encoding: .utf8)) ?? ""
            lines = text.split(separator: "\n")
        }
        guard lines.count == 2 else { throw Failure(description: "the stand-in did not start") }
        (hub, store) = (String(lines[0]), String(lines[1]))
    }

    deinit {
        process.terminate()
        try? FileManager.default.removeItem(atPath: folder)
    }

    private struct Failure: Error, CustomStringConvertible { let description: String }

    /// A received request.
    public struct Request: Sendable {
        public let server: String
        public let method: String
        public let path: String
        public let range: String?
        public let hasToken: Bool
    }

    /// Returns the requests for an organization's files so far.
    public func requests(_ organisation: String) throws -> [Request] {
        let text = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
        return try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }.map { line in
            Request(
                server: line["server"]?.stringValue ?? "", method: line["method"]?.stringValue ?? "",
                path: line["path"]?.stringValue ?? "", range: line["range"]?.stringValue,
                hasToken: line["hasToken"]?.boolValue ?? false)
        }.filter { $0.path.contains("/\(organisation)/") }
    }

    /// Returns the environment of a client that uses the hub, with a cache in a folder.
    public func environment(cache: String) -> [String: String] {
        ["HF_ENDPOINT": hub, "SSL_CERT_FILE": folder + "/ca.pem", "HF_HOME": cache, "HOME": cache]
    }

    /// Returns the contents of a file in a repository.
    public func contents(_ name: String, of repository: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(fileURLWithPath: "\(folder)/root/\(repository)/\(name)")))
    }

    /// Writes a file in a repository, which creates a new commit.
    public func write(_ bytes: [UInt8], to name: String, of repository: String) throws {
        let url = URL(fileURLWithPath: "\(folder)/root/\(repository)/\(name)")
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    /// Creates repositories: `tiny` is a sentence model with additional files, `sharded` has sharded weights, and
    /// `large` has 2 MB of weights.
    private static func makeRepositories(_ root: String) throws {
        let files = FileManager.default
        try files.createDirectory(atPath: root, withIntermediateDirectories: true)
        try files.copyItem(atPath: Fixtures.path("pipelines/sentence-bert"), toPath: root + "/tiny")
        func write(_ name: String, _ data: Data) throws {
            let url = URL(fileURLWithPath: "\(root)/\(name)")
            try files.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try data.write(to: url)
        }
        for name in ["README.md", "onnx/model.onnx", "pytorch_model.bin", "tf_model.h5", "trainer_state.json"] {
            try write("tiny/\(name)", Data(name.utf8))
        }
        let numbers = (0..<(1 << 18)).map { UInt64($0) &* 0x9e37_79b9_7f4a_7c15 }
        try write("large/model.safetensors", numbers.withUnsafeBytes { Data($0) })
        try write("large/config.json", Data(#"{"model_type": "bert"}"#.utf8))
        try write("sharded/config.json", Data(#"{"model_type": "bert"}"#.utf8))
        let index = #"{"weight_map": {"a": "model-2.safetensors", "b": "model-1.safetensors"}}"#
        try write("sharded/model.safetensors.index.json", Data(index.utf8))
        for name in ["model-1", "model-2", "model-3"] { try write("sharded/\(name).safetensors", Data(name.utf8)) }
        try write("sharded/pytorch_model.bin", Data("torch".utf8))
        try write("torch/config.json", Data(#"{"model_type": "bert"}"#.utf8))
        try write("torch/pytorch_model.bin", Data("torch".utf8))
        try write("tensorflow/config.json", Data(#"{"model_type": "bert"}"#.utf8))
        try write("tensorflow/tf_model.h5", Data("keras".utf8))
    }

    private static func run(_ program: String, _ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(description: "\(program) failed") }
    }
}

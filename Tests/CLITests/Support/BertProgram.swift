import BertJSON
import Foundation

/// The program `bert` that was built with these tests.
enum BertProgram {
    /// The result of a run.
    struct Run {
        let code: Int32
        let output: String
        let errors: String

        /// Parses standard output as JSON.
        func json() throws -> JSONValue { try JSONValue(parsing: output) }
        /// The lines of standard output.
        var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    /// The path of `bert`.
    static let path = pathOfProduct("bert")

    /// Returns the path of a program, which is in the folder of the test bundle.
    static func pathOfProduct(_ name: String) -> String {
        #if os(macOS)
            let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundlePath ?? ""
        #else
            let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        #endif
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent(name).path
    }

    /// Runs the program until its end. Its environment has only the required variables and `environment`.
    static func run(
        _ arguments: String..., more: [String] = [], program: String = path, environment: [String: String] = [:],
        input: [UInt8] = []
    ) throws -> Run {
        let folder = try TemporaryFolder()
        let inputFile = try folder.write(input, to: "input")
        let errorFile = try folder.write([], to: "errors")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments + more
        process.environment = ProcessInfo.processInfo.environment
            .filter { ["PATH", "HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR"].contains($0.key) }
            .merging(environment) { $1 }
        let output = Pipe()
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: inputFile))
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errorFile))
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let errors = try Data(contentsOf: URL(fileURLWithPath: errorFile))
        return Run(
            code: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
            output: String(decoding: bytes, as: UTF8.self), errors: String(decoding: errors, as: UTF8.self))
    }
}

/// A temporary folder that is removed with its owner.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("bert-tests-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and returns its path.
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let file = path + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }
}

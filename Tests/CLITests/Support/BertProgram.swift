import BertCheckpoints
import BertCore
import BertJSON
import Foundation
import TestSupport
import Testing

/// The program `bert` that was built with these tests.
enum BertProgram {
    /// The result of a run.
    struct Run {
        let code: Int32
        let output: String
        let errors: String

        /// The error that the program reported as JSON: the last line of standard error.
        var reported: JSONValue? { errors.split(separator: "\n").last.flatMap { try? JSONValue(parsing: String($0)) } }

        /// The reported error, with its code and fields.
        var error: BertError? { reported.flatMap(BertError.init) }

        /// Expects that the program failed with the given code and fields. Fields that are nil aren't compared.
        func expect(
            _ code: BertError.Code, record: Int? = nil, file: String? = nil,
            key: String? = nil, line: Int? = nil, column: Int? = nil, value: BertError.Value? = nil,
            limit: BertError.Value? = nil, choices: [String]? = nil, exit: Int32 = 1,
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            #expect(self.code == exit, "\(errors)", sourceLocation: sourceLocation)
            guard let error else {
                Issue.record("no error was reported: \(errors)", sourceLocation: sourceLocation)
                return
            }
            error.expect(
                code, record: record, file: file, key: key, line: line, column: column, value: value,
                limit: limit, choices: choices, sourceLocation: sourceLocation)
        }

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

    /// Runs the program until its end. Its environment has only the required variables and `environment`. Errors are
    /// reported as JSON unless `BERT_ERRORS` is set.
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
            .filter {
                [
                    "PATH", "HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "ASAN_OPTIONS", "TSAN_OPTIONS",
                ].contains($0.key)
            }
            .merging(["BERT_ERRORS": "json"]) { $1 }.merging(environment) { $1 }
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

extension Process {
    private static let starting = NSLock()

    /// Starts a process that SIGINT interrupts. Shells let commands in the background ignore the signal, and child
    /// processes inherit this.
    func runInterruptible() throws {
        try Self.starting.withLock {
            let former = signal(SIGINT, SIG_DFL)
            defer { signal(SIGINT, former) }
            try run()
        }
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

extension BertError {
    /// Creates an error from its JSON.
    fileprivate init?(_ json: JSONValue) {
        guard let code = json["code"]?.stringValue, let message = json["message"]?.stringValue else { return nil }
        self.init(
            Code(code), message, record: json["record"]?.intValue, file: json["file"]?.stringValue,
            key: json["key"]?.stringValue, line: json["line"]?.intValue, column: json["column"]?.intValue,
            value: json["value"].flatMap(Value.init), limit: json["limit"].flatMap(Value.init),
            choices: json["choices"]?.arrayValue?.compactMap(\.stringValue),
            cause: json["cause"].flatMap(BertError.init))
    }
}

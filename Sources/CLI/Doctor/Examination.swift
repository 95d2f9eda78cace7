import BertCore
import BertJSON

/// An examination that opens and tests a backend in a child process.
struct Examination {
    let report: BackendReport
    /// The failures of the self-test, or nil if it couldn't be run.
    let failures: [String]?
    let milliseconds: Double?
    /// Libraries that compute or run threads in a process that uses only this backend.
    let libraries: [String]
    /// The number of threads of the child process after the self-test.
    let processThreads: Int?

    var isSound: Bool { report.isAvailable && failures == [] }

    /// Whether a library runs more threads than this program allows the backend.
    var hasThreadsOfItsOwn: Bool {
        guard let processThreads, let threads = report.threads else { return false }
        return processThreads > threads
    }

    /// Tests a backend.
    init(_ descriptor: BackendDescriptor, timeout: Duration = .seconds(60)) {
        let failure: BackendReport.Failure
        do {
            let plugin = descriptor.plugin.map { ["--plugin", $0] } ?? []
            let child = try ChildProcess.run(["self-test", descriptor.name] + plugin, timeout: timeout)
            // A C library may have printed something first.
            let line = child.output.split(separator: UInt8(ascii: "\n")).last.map(Array.init) ?? []
            if child.end == .exited(0), let json = try? JSONValue(parsing: line),
                let report = json["backend"].flatMap(BackendReport.init)
            {
                self.report = report
                failures = json["failures"]?.arrayValue?.compactMap(\.stringValue)
                milliseconds = json["milliseconds"]?.doubleValue
                libraries = (json["libraries"]?.arrayValue ?? []).compactMap(\.stringValue)
                processThreads = json["process_threads"]?.intValue
                return
            }
            failure = Self.crash(child, timeout)
        } catch {
            failure = .init(code: "selfTestFailed", reason: "it can't be tested: \(error)", tried: nil, fix: nil)
        }
        report = BackendReport(descriptor, failure: failure)
        failures = nil
        milliseconds = nil
        libraries = []
        processThreads = nil
    }

    private static func crash(_ child: ChildProcess, _ timeout: Duration) -> BackendReport.Failure {
        let last = child.errors.split(separator: UInt8(ascii: "\n")).last.map { String(decoding: $0, as: UTF8.self) }
        let how =
            switch child.end {
            case .exited(let code): "exited with code \(code)"
            case .signalled(let signal): "crashed with signal \(signal)"
            case .timedOut: "did not finish within \(timeout.components.seconds) s"
            }
        return .init(
            code: "selfTestFailed", reason: "its self-test \(how)" + (last.map { ": \($0)" } ?? ""), tried: nil,
            fix: "reinstall its library, or disable it with BERT_DISABLE_BACKENDS")
    }

    /// The examination as JSON.
    var json: JSONValue {
        guard case .object(var object) = report.json else { return .null }
        object["self_test"] = failures.map { failures in
            [
                "passed": .bool(failures.isEmpty), "failures": .array(failures.map(JSONValue.string)),
                "milliseconds": milliseconds.map(JSONValue.double) ?? .null,
            ]
        }
        object["loads"] = .array(libraries.map(JSONValue.string))
        object["process_threads"] = processThreads.map(JSONValue.int) ?? .null
        return .object(object)
    }
}

import Bert
import Foundation

/// Measures a model on request, with the protocol of suite/worker.py.
///
///     SpeedWorker encoder|texts FOLDER
///
/// Environment variables select the backend, the threads and the precision. If they are unavailable, the answer is
/// `unavailable` and the reason.
@main
struct SpeedWorker {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let subjects: [String: any TimedSubject.Type] = ["encoder": EncoderSubject.self, "texts": TextSubject.self]
        guard arguments.count == 2, let kind = subjects[arguments[0]] else {
            FileHandle.standardError.write(Data("usage: SpeedWorker encoder|texts FOLDER\n".utf8))
            exit(64)
        }
        if let precision = ProcessInfo.processInfo.environment["BERT_PRECISION"],
            !BackendRegistry.shared.knownVariables.contains(where: { $0.name == "BERT_PRECISION" })
        {
            return answer("unavailable", "this package does not compute in \(precision) yet")
        }
        let subject: any TimedSubject
        do { subject = try kind.init(folder: arguments[1]) } catch {
            return answer("unavailable", "\(error)".split(separator: "\n").joined(separator: " "))
        }
        answer("ready", subject.backend.nameAndVersion)
        try serve(subject)
    }

    private static func serve(_ subject: any TimedSubject) throws {
        var subject = subject
        while let line = readLine() {
            let fields = line.split(separator: "\t").map(String.init)
            if fields.count == 3, fields[0] == "time", let seconds = Double(fields[1]), let most = Int(fields[2]) {
                let end = ContinuousClock.now + .seconds(seconds)
                var times: [Double] = []
                repeat { times.append(try milliseconds { try subject.run() }) } while times.count < most && .now < end
                answer(times.map { "\($0)" }.joined(separator: "\t"))
            } else {
                let output = try subject.bind(Array(fields.dropFirst()))
                let first = try milliseconds { try subject.run() }
                try subject.values().withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: output))
                answer("\(first)")
            }
        }
    }

    private static func milliseconds(_ body: () throws -> Void) rethrows -> Double {
        try ContinuousClock().measure(body) / .milliseconds(1)
    }

    private static func answer(_ fields: String...) {
        FileHandle.standardOutput.write(Data((fields.joined(separator: "\t") + "\n").utf8))
    }
}

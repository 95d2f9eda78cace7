import Bert
import BertTraining
import Foundation

/// Trains a new model, and measures its steps on request, with the protocol of training/run.
///
///     TrainingWorker CONFIG.json TOKENIZER TEXTS.tsv BATCH PRECISION
///
/// The first line of the output says that the first step can begin. Each line of the input is a number of seconds. The
/// answer is a JSON object with the milliseconds of the steps in that time. The training ends with the input.
@main
struct TrainingWorker {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count == 5, let batch = Int(arguments[3]), let precision = Precision(rawValue: arguments[4])
        else {
            FileHandle.standardError.write(
                Data("usage: TrainingWorker CONFIG.json TOKENIZER TEXTS.tsv BATCH PRECISION\n".utf8))
            exit(64)
        }
        let config = try Data(contentsOf: URL(fileURLWithPath: arguments[0]))
        let subject = try TrainingSubject(
            ModelFiles(name: "benchmark", files: ["config.json": HostBuffer(Array(config))]),
            tokenizer: ModelFiles(folder: arguments[1]), training: records(in: arguments[2]), options: options())
        var training = TrainingArguments()
        training.perDeviceTrainBatchSize = batch
        training.learningRate = 2e-5
        training.weightDecay = 0.01
        training.maxSteps = 1_000_000
        training.saveStrategy = .no
        training.loggingStrategy = .no
        let backend = try BackendRegistry.shared.backend(precision: precision)
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("training-\(getpid())").path
        defer { try? FileManager.default.removeItem(atPath: output) }
        let turns = Turns()
        let trainer = try Trainer(consume subject, training, on: backend, output: output, observer: turns.observe)
        do { _ = try trainer.train() } catch is Turns.Ended {}
    }

    private static func options() -> TrainingSubject.Options {
        var options = TrainingSubject.Options()
        options.initialisation = .normal
        return options
    }

    private static func records(in path: String) throws -> [DataRecord] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropFirst().map {
            let fields = $0.split(separator: "\t").map(String.init)
            return DataRecord(["sentence": .string(fields[0]), "label": .string(fields[1])])
        }
    }
}

/// The turns of a training run, which pauses between them.
private final class Turns {
    struct Ended: Error {}

    private var times: [Double] = []
    private var tokens = 0
    private var end = ContinuousClock.now
    private var last = ContinuousClock.now

    /// Waits for the next turn before the first step, and after a step at which the turn has ended.
    func observe(_ event: TrainingEvent) throws {
        switch event {
        case .began:
            FileHandle.standardOutput.write(Data("\"ready\"\n".utf8))
            try begin()
        case .step(_, of: _, loss: _, rate: _, let count):
            times.append((.now - last) / .milliseconds(1))
            tokens += count
            if .now >= end {
                try answer()
                try begin()
            }
            last = .now
        default: break
        }
    }

    private func begin() throws {
        guard let seconds = readLine().flatMap(Double.init) else { throw Ended() }
        (times, tokens) = ([], 0)
        last = .now
        end = last + .seconds(seconds)
    }

    private func answer() throws {
        let answer = Answer(times: times, tokens: tokens, megabytes: Double(peakKilobytes()) / 1024)
        FileHandle.standardOutput.write(try JSONEncoder().encode(answer) + Data("\n".utf8))
    }

    private func peakKilobytes() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") } ?? ""
        return Int(line.filter(\.isNumber)) ?? 0
    }

    private struct Answer: Encodable {
        let times: [Double]
        let tokens: Int
        let megabytes: Double
    }
}

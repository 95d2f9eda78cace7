import BertJSON
import BertTraining

#if canImport(Glibc)
    @preconcurrency import Glibc
#elseif canImport(Musl)
    @preconcurrency import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The progress of a run, shown on the last line of a terminal with a sparkline of the loss. Each log entry is written
/// on its own line.
final class TrainingProgress {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var start = ContinuousClock.now
    private var last = ContinuousClock.now
    private var firstStep = 0
    private var losses: [Double] = []
    private var isDrawn = false
    private let logFile: TrainingLog?

    /// - Parameter logFile: An additional destination of log entries.
    init(logFile: TrainingLog?) { self.logFile = logFile }

    /// - Throws: `Interrupted` if the user interrupts the run.
    func show(_ event: TrainingEvent) throws {
        if Interruption.received != nil { throw Interrupted() }
        switch event {
        case .began(let step, let total, let examples):
            (start, firstStep) = (.now, step)
            say(step == 0 ? "\(examples) examples, \(total) steps" : "resuming after step \(step) of \(total)")
        case .preparing(let what): say(what)
        case .note(let text): say(text)
        case .saved(let path): say("saved \(path)")
        case .step(let step, let total, let loss, let rate, _): draw(step, total, loss, rate)
        case .log(let entry):
            logFile?.append(entry)
            say(Self.line(entry))
        }
    }

    /// An error that the user has interrupted the run.
    struct Interrupted: Error {}

    /// Clears the line.
    func clear() {
        if isDrawn { fputs("\r\u{1b}[K", stderr) }
        isDrawn = false
    }

    private func say(_ text: String) {
        clear()
        tell(text)
    }

    private func draw(_ step: Int, _ total: Int, _ loss: Double, _ rate: Double) {
        losses.append(loss)
        guard isTerminal, ContinuousClock.now - last > .milliseconds(200) else { return }
        last = .now
        isDrawn = true
        let seconds = (last - start) / .seconds(1)
        let perSecond = Double(step - firstStep) / max(seconds, 1e-9)
        let left = Int((Double(total - step) / max(perSecond, 1e-9)).rounded())
        let (minutes, rest) = (left / 60, left % 60)
        fputs(
            """
            \r\u{1b}[Kstep \(step)/\(total) (\(step * 100 / max(total, 1)) %)  loss \(recent.threeDigits) \(sparkline)  \
            rate \(Self.words(.double(rate)))  \(perSecond.threeDigits) steps/s  \(minutes):\(rest < 10 ? "0" : "")\(rest) left
            """, stderr)
    }

    /// The mean of the last losses.
    private var recent: Double {
        let last = losses.suffix(20)
        return last.reduce(0, +) / Double(max(last.count, 1))
    }

    /// The losses so far, averaged over 16 parts.
    private var sparkline: String {
        let parts = min(16, losses.count)
        guard parts > 1 else { return "" }
        let means = (0..<parts).map { part -> Double in
            let range = losses[part * losses.count / parts..<(part + 1) * losses.count / parts]
            return range.reduce(0, +) / Double(max(range.count, 1))
        }
        let (least, greatest) = (means.min() ?? 0, means.max() ?? 1)
        let bars = Array("▁▂▃▄▅▆▇█")
        return String(means.map { bars[min(7, Int(($0 - least) / max(greatest - least, 1e-12) * 7.999))] })
    }

    /// Returns a log entry as text, with one metric for each off-ramp.
    private static func line(_ entry: JSONObject) -> String {
        let prefix = "eval_layer_"
        var parts = entry.filter { !$0.key.hasPrefix(prefix) }.map { "\($0.key) \(words($0.value))" }
        let layers = entry.filter { $0.key.hasPrefix(prefix) && !$0.key.hasSuffix("_loss") }
        if let first = layers.first, let name = first.key.split(separator: "_", maxSplits: 3).last {
            parts.append("\(name) by layer \(layers.map { words($0.value) }.joined(separator: " "))")
        }
        return parts.joined(separator: ", ")
    }

    /// Returns a number as text.
    static func words(_ value: JSONValue) -> String {
        guard let number = value.doubleValue else { return value.serialized() }
        if number == number.rounded(), number.magnitude < 1e9 { return String(Int(number)) }
        if number.magnitude >= 0.001, number.magnitude < 1e6 {
            return Float(number).fourDecimals.drop { $0 == " " }.description
        }
        return withVaList([number]) { arguments in
            var buffer = [CChar](repeating: 0, count: 64)
            vsnprintf(&buffer, buffer.count, "%.3g", arguments)
            return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }
}

#if canImport(Glibc)
    @preconcurrency import Glibc
#elseif canImport(Musl)
    @preconcurrency import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How far a job is, on a terminal's last line; nothing anywhere else.
struct ProgressLine {
    private let isShown: Bool
    private let start = ContinuousClock.now
    private var last = ContinuousClock.now
    private var isDrawn = false
    private var new = 0
    /// How many records told the layer they left after, and the sum of these layers.
    private var exits = (count: 0, layers: 0)

    /// - Parameter output: where results go; on a terminal they are progress enough.
    init(besides output: JobOutput) {
        isShown = isatty(STDERR_FILENO) == 1 && !(output === JobOutput.standard && Output.isTerminal)
    }

    /// Counts results of this run.
    ///
    /// - Parameter exitLayers: after which layers their texts left the network; empty where none leaves early.
    mutating func add(_ count: Int, exitLayers: [Int]) {
        new += count
        exits = (exits.count + exitLayers.count, exitLayers.reduce(exits.layers, +))
    }

    /// - Parameters:
    ///   - done: results so far, those of earlier runs too.
    ///   - share: how much of the input of this run they are, from 0 to 1; nil if nobody knows.
    mutating func show(done: Int, share: Double?) {
        let now = ContinuousClock.now
        guard isShown, now - start > .seconds(1), now - last > .milliseconds(200) else { return }
        (last, isDrawn) = (now, true)
        let seconds = (now - start) / .seconds(1)
        var text = "\(done) done, \(Int(Double(new) / seconds))/s"
        if let share, share > 0, new > 0 {
            let left = Int((seconds / share * (1 - share)).rounded())
            let rest = left % 60
            text += ", \(Int(share * 100)) %, \(left / 60):\(rest < 10 ? "0" : "")\(rest) left"
        }
        if exits.count > 0 {
            let tenths = (10 * exits.layers + exits.count / 2) / exits.count
            text += ", mean exit layer \(tenths / 10).\(tenths % 10)"
        }
        fputs("\r\u{1b}[K\(text)", stderr)
    }

    /// Leaves the line empty for messages.
    mutating func clear() {
        if isDrawn { fputs("\r\u{1b}[K", stderr) }
        isDrawn = false
    }
}

#if canImport(Glibc)
    @preconcurrency import Glibc
#elseif canImport(Musl)
    @preconcurrency import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How far a job is, on a terminal's last line; nothing anywhere else.
package struct ProgressLine {
    private let isShown: Bool
    private let now: () -> ContinuousClock.Instant
    private let write: (String) -> Void
    private let start: ContinuousClock.Instant
    private var last: ContinuousClock.Instant
    private var isDrawn = false
    private var new = 0
    /// How many records told the layer they left after, and the sum of these layers.
    private var exits = (count: 0, layers: 0)

    /// - Parameter output: where results go; on a terminal they are progress enough.
    init(besides output: JobOutput) {
        self.init(isShown: isatty(STDERR_FILENO) == 1 && !(output === JobOutput.standard && Output.isTerminal))
    }

    /// - Parameters:
    ///   - now: the time, asked for at each step.
    ///   - write: receives what goes to the terminal.
    package init(
        isShown: Bool, now: @escaping () -> ContinuousClock.Instant = { .now },
        write: @escaping (String) -> Void = { fputs($0, stderr) }
    ) {
        self.isShown = isShown
        self.now = now
        self.write = write
        start = now()
        last = start
    }

    /// Counts results of this run.
    ///
    /// - Parameter exitLayers: after which layers their texts left the network; empty where none leaves early.
    package mutating func add(_ count: Int, exitLayers: [Int]) {
        new += count
        exits = (exits.count + exitLayers.count, exitLayers.reduce(exits.layers, +))
    }

    /// Draws the line if a second has passed since the start, and a fifth of one since it was last drawn.
    ///
    /// - Parameters:
    ///   - done: results so far, those of earlier runs too.
    ///   - share: how much of the input of this run they are, from 0 to 1; nil if nobody knows.
    package mutating func show(done: Int, share: Double?) {
        let now = now()
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
        write("\r\u{1b}[K\(text)")
    }

    /// Leaves the line empty for messages.
    package mutating func clear() {
        if isDrawn { write("\r\u{1b}[K") }
        isDrawn = false
    }
}

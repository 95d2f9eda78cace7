#if canImport(Glibc)
    @preconcurrency import Glibc
#elseif canImport(Musl)
    @preconcurrency import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The progress of a job, shown on the last line of a terminal. Nothing is shown otherwise.
package struct ProgressLine {
    private let isShown: Bool
    private let now: () -> ContinuousClock.Instant
    private let write: (String) -> Void
    private let start: ContinuousClock.Instant
    private var last: ContinuousClock.Instant
    private var isDrawn = false
    private var new = 0
    /// The number of records that have an exit layer, and the sum of these layers.
    private var exits = (count: 0, layers: 0)

    /// - Parameter output: The output of the job. If results are written to a terminal, no progress is shown.
    init(besides output: JobOutput) {
        self.init(isShown: isatty(STDERR_FILENO) == 1 && !(output === JobOutput.standard && Output.isTerminal))
    }

    /// - Parameters:
    ///   - now: Returns the current time.
    ///   - write: Receives the output for the terminal.
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

    /// Adds results of this run.
    ///
    /// - Parameter exitLayers: The layers after which the texts exited the network, or empty without early exit.
    package mutating func add(_ count: Int, exitLayers: [Int]) {
        new += count
        exits = (exits.count + exitLayers.count, exitLayers.reduce(exits.layers, +))
    }

    /// Draws the line if at least a second has passed since the start, and 200 milliseconds since it was last drawn.
    ///
    /// - Parameters:
    ///   - done: The number of results so far, including those of earlier runs.
    ///   - share: The share of this run's input that is processed, from 0 to 1, or nil if it is unknown.
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

    /// Clears the line for messages.
    package mutating func clear() {
        if isDrawn { write("\r\u{1b}[K") }
        isDrawn = false
    }
}

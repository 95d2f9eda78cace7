import Bert
import Synchronization

#if canImport(Glibc)
    @preconcurrency import Glibc
#elseif canImport(Musl)
    @preconcurrency import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The progress of a download, shown on the last line of a terminal. Otherwise, only important messages are written.
final class DownloadProgress: Sendable {
    private struct State {
        var total = 0
        var done = 0
        /// The number of bytes downloaded in this run.
        var new = 0
        var file = ""
        var size: Int?
        var fileDone = 0
        var start = ContinuousClock.now
        var last = ContinuousClock.now
        var isDrawn = false
    }

    private let state = Mutex(State())
    private let isShown: Bool
    private let isVerbose: Bool

    /// - Parameter isVerbose: Whether to report each request.
    init(isVerbose: Bool = false) {
        let off = environmentVariable("HF_HUB_DISABLE_PROGRESS_BARS").map {
            ["1", "ON", "YES", "TRUE"].contains($0.uppercased())
        }
        isShown = isatty(STDERR_FILENO) == 1 && off != true
        self.isVerbose = isVerbose
    }

    /// Runs a download with a progress line. Returns a summary of the downloaded files.
    func run(_ plan: HubDownload) throws -> String {
        let missing = plan.files.filter { !$0.isCached }
        state.withLock {
            $0.total = plan.missingBytes
            $0.start = .now
        }
        defer { clear() }
        let folder = try plan.run()
        clear()
        if !missing.isEmpty, !isQuiet {
            let seconds = state.withLock { (ContinuousClock.now - $0.start) / .seconds(1) }
            let tenths = Int((seconds * 10).rounded())
            tell(
                "downloaded \(plan.id): \(missing.count) files, \(ByteCount.words(plan.missingBytes)) in \(tenths / 10).\(tenths % 10) s"
            )
        }
        return folder
    }

    private var isQuiet: Bool { (try? BertEnvironment.process.bool(.quiet)) ?? false }

    /// Shows an event.
    func show(_ event: HubEvent) {
        switch event {
        case .answered(let method, let url, let status):
            if isVerbose { say("\(status) \(method) \(url)") }
        case .waits(let seconds, let reason):
            let first = reason.split(separator: "\n").first.map(String.init) ?? reason
            say("\(first); retrying in \(Int(seconds.rounded(.up))) s")
        case .waitsForOther(let file): say("another program is downloading \(file); waiting for it")
        case .notice(let words): say(words)
        case .begins(let file, let size, let at):
            state.withLock { ($0.file, $0.size, $0.fileDone) = (file, size, at) }
            state.withLock { $0.done += at }
            if at > 0, isVerbose { say("\(file) resumes at \(ByteCount.words(at))") }
        case .restarts(_, let at):
            state.withLock {
                $0.done -= $0.fileDone - at
                $0.fileDone = at
            }
        case .received(_, let bytes):
            let line = state.withLock { state -> String? in
                state.done += bytes
                state.new += bytes
                state.fileDone += bytes
                return isShown ? Self.line(&state) : nil
            }
            if let line { fputs("\r\u{1b}[K\(line)", stderr) }
        case .ends: break
        }
    }

    /// Returns the progress line if it is time to draw it.
    private static func line(_ state: inout State) -> String? {
        let now = ContinuousClock.now
        guard now - state.last > .milliseconds(100) else { return nil }
        (state.last, state.isDrawn) = (now, true)
        let seconds = max((now - state.start) / .seconds(1), 0.001)
        let rate = Double(state.new) / seconds
        let share = state.total > 0 ? min(1, Double(state.done) / Double(state.total)) : 0
        let cells = Int(share * 20)
        let bar = String(repeating: "█", count: cells) + String(repeating: "░", count: 20 - cells)
        var text = "\(bar) \(Int(share * 100)) %  \(ByteCount.words(state.done)) of \(ByteCount.words(state.total))"
        text += "  \(ByteCount.words(Int(rate)))/s"
        if rate > 0 {
            let left = Int((Double(max(0, state.total - state.done)) / rate).rounded())
            text += "  \(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60) left"
        }
        return text + "  \(state.file)"
    }

    private func say(_ message: String) {
        clear()
        tell(message)
    }

    /// Clears the line for messages.
    private func clear() {
        let wasDrawn = state.withLock { state in
            defer { state.isDrawn = false }
            return state.isDrawn
        }
        if wasDrawn { fputs("\r\u{1b}[K", stderr) }
    }
}

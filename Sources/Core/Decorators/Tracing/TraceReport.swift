import BertLocks
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The trace that `BERT_TRACE` requests, and its output.
final class TraceReport: Sendable {
    let trace: Trace
    private let setting: TraceSetting
    private let file: TraceFile?
    private let isFinished = Atomic<Bool>(false)

    /// Starts a trace and opens its output file, if any.
    ///
    /// - Throws: ``BertError`` with code `fileNotReadable` if the file can't be written.
    init(_ setting: TraceSetting) throws {
        self.setting = setting
        switch setting {
        case .summary:
            file = nil
            trace = Trace()
        case .ops:
            file = nil
            trace = Trace { writeToStandardError("bert: trace: \($0)\n") }
        case .json(let path):
            let file = try TraceFile(path)
            self.file = file
            trace = Trace { file.append($0) }
        }
    }

    /// Writes the report. Later calls have no effect.
    ///
    /// - Throws: ``BertError`` with code `fileNotReadable`; the file is not created in that case.
    func finish() throws {
        guard !isFinished.exchange(true, ordering: .acquiringAndReleasing) else { return }
        if setting == .summary {
            writeToStandardError(trace.table.split(separator: "\n").map { "bert: trace: \($0)\n" }.joined())
        }
        try file?.finish(trace)
    }

    private static let reportsOfProcess = ForkSafeMutex<[TraceReport]>([])

    /// Finishes the trace when the process exits, unless it is finished earlier.
    func finishAtExit() {
        let isFirst = Self.reportsOfProcess.withLock { reports in
            reports.append(self)
            return reports.count == 1
        }
        guard isFirst else { return }
        atexit {
            for report in TraceReport.reportsOfProcess.withLock({ $0 }) {
                do { try report.finish() } catch { writeToStandardError("bert: error: \(error)\n") }
            }
        }
    }
}

/// A file that a trace is streamed to, so that calls aren't kept in memory.
private final class TraceFile: Sendable {
    private struct State {
        /// nil after the file has been committed.
        var file: AtomicFile?
        var text = #"{"calls":["#
        var isFirst = true
        var failure: (any Error)?

        /// Writes `text` to the file and clears it.
        mutating func flush() {
            guard let file, failure == nil else { return text.removeAll() }
            do { try file.append(text) } catch { failure = error }
            text.removeAll(keepingCapacity: true)
        }
    }
    private let state: ForkSafeMutex<State>
    private let path: String

    init(_ path: String) throws {
        self.path = path
        var info = stat()
        if unsafe stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR {
            throw BertError(
                .fileNotReadable, "can't be written: it is a folder", file: path, key: EnvironmentVariable.trace.name)
        }
        do { state = ForkSafeMutex(State(file: try AtomicFile(replacing: path))) } catch let error as BertError {
            throw error.adding(key: EnvironmentVariable.trace.name)
        }
    }

    func append(_ call: Trace.Call) {
        let json = call.json
        state.withLock { state in
            state.text += state.isFirst ? "\n" : ",\n"
            state.text += json
            state.isFirst = false
            if state.text.utf8.count > 1 << 16 { state.flush() }
        }
    }

    func finish(_ trace: Trace) throws {
        let (rows, numerics) = (trace.rows, trace.numericsJSON)
        let total = rows.reduce(Duration.zero) { $0 + $1.duration }
        try state.withLock { state in
            state.text += "\n],\n\"operations\":[\n"
            state.text += rows.map { $0.json(total: total) }.joined(separator: ",\n")
            state.text += "\n],\n\"numerics\":\(numerics),\n\"ms\":\(total.milliseconds)}\n"
            state.flush()
            defer { state.file = nil }
            if let failure = state.failure { throw failure }
            try state.file?.commit()
        }
    }
}

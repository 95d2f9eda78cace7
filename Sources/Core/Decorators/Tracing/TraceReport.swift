import Synchronization

#if canImport(Glibc)
    @preconcurrency import Glibc
#elseif canImport(Musl)
    @preconcurrency import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The trace that `BERT_TRACE` asks for, and how it is told.
final class TraceReport: Sendable {
    let trace: Trace
    private let setting: TraceSetting
    private let file: TraceFile?
    private let isFinished = Atomic<Bool>(false)

    /// Begins a trace; a file that can't be written is told now.
    ///
    /// - Throws: ``BertError`` with code `fileNotReadable`.
    init(_ setting: TraceSetting) throws {
        self.setting = setting
        switch setting {
        case .summary:
            file = nil
            trace = Trace()
        case .ops:
            file = nil
            trace = Trace { fputs("bert: trace: \($0)\n", stderr) }
        case .json(let path):
            let file = try TraceFile(path)
            self.file = file
            trace = Trace { file.append($0) }
        }
    }

    /// Tells what is to be told at the end; the second time does nothing.
    ///
    /// - Throws: ``BertError`` with code `fileNotReadable`; then there is no new file.
    func finish() throws {
        guard !isFinished.exchange(true, ordering: .acquiringAndReleasing) else { return }
        if setting == .summary {
            fputs(trace.table.split(separator: "\n").map { "bert: trace: \($0)\n" }.joined(), stderr)
        }
        try file?.finish(trace)
    }

    private static let reportsOfProcess = Mutex<[TraceReport]>([])

    /// Has the trace finished when the process ends, if nobody did it before.
    func finishAtExit() {
        let isFirst = Self.reportsOfProcess.withLock { reports in
            reports.append(self)
            return reports.count == 1
        }
        guard isFirst else { return }
        atexit {
            for report in TraceReport.reportsOfProcess.withLock({ $0 }) {
                do { try report.finish() } catch { fputs("bert: error: \(error)\n", stderr) }
            }
        }
    }
}

/// A trace on its way into a file: what was recorded is not kept in memory.
private final class TraceFile: Sendable {
    private struct State {
        /// Nil once it is written.
        var file: AtomicFile?
        var text = #"{"calls":["#
        var isFirst = true
        var failure: (any Error)?

        /// Empties `text` into the file.
        mutating func flush() {
            guard let file, failure == nil else { return text.removeAll() }
            do { try text.withUTF8 { try file.append(UnsafeRawBufferPointer($0)) } } catch { failure = error }
            text.removeAll(keepingCapacity: true)
        }
    }
    private let state: Mutex<State>
    private let path: String

    init(_ path: String) throws {
        self.path = path
        var info = stat()
        if stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR {
            throw BertError(.fileNotReadable, "BERT_TRACE: \(path) can't be written: it is a folder")
        }
        do { state = Mutex(State(file: try AtomicFile(replacing: path))) } catch let error as BertError {
            throw BertError(error.code, "BERT_TRACE: \(error.message)")
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

import ArgumentParser
import Bert
import BertJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A job that reads, processes and writes records in groups, in constant memory.
struct Job<Fields: RecordFields> {
    let input: JobInput<Fields>
    /// The file to write, or - for standard output.
    let output: String
    let onError: ErrorPolicy
    let resumes: Bool
    /// Whether an interrupted run can be resumed.
    let isResumable: Bool
    /// Returns everything that the results depend on, except the input.
    let facts: () throws -> JSONObject

    /// Creates a job that writes each result as soon as it is available.
    ///
    /// - Parameter facts: Evaluated only if the job writes a record, because the facts contain digests of all files.
    init<Format>(
        _ input: JobInput<Fields>, _ options: JobOptions<Format>,
        facts: @escaping @autoclosure () throws -> JSONObject
    ) {
        self.input = input
        output = options.output.output
        onError = options.errors.onError
        resumes = options.resume
        isResumable = options.outputFormat.isLines
        let format = options.outputFormat.rawValue
        self.facts = { try facts().merging(["output-format": .string(format)]) }
    }

    /// Creates a job that writes its results at the end.
    init(_ input: JobInput<Fields>, output: OutputOptions, onError: ErrorPolicy = .fail) {
        self.input = input
        self.output = output.output
        self.onError = onError
        (resumes, isResumable) = (false, false)
        facts = { [:] }
    }

    /// Runs the job until its end or until it is interrupted.
    ///
    /// While a group is computed, another thread prepares the next one if it can be read without waiting.
    ///
    /// - Parameters:
    ///   - work: The work that computes the results of records.
    ///   - exitLayer: Returns the layer after which a result exited the network, or nil for models without early exit.
    ///   - makeWriter: Returns a writer to an output that already has some results.
    /// - Throws: `BertError` for the first invalid record unless errors are emitted. All preceding results are written
    ///   first. `ExitCode`, after a message, if the user or the reader of the output ended the job.
    func run<Value>(
        _ work: JobWork<Fields.Record, Value>, exitLayer: ((Value) -> Int)? = nil,
        to makeWriter: (_ output: JobOutput, _ count: Int) throws -> any ResultWriter<Value>
    ) throws {
        signal(SIGPIPE, SIG_IGN)
        Interruption.note()
        let output = output == "-" ? JobOutput.standard : try JobOutput(path: output, input: input.source)
        var reader = input.reader()
        let record = try begin(output)
        let done = try resume(&reader, output, record)
        try endIfInterrupted(output, written: done.count)
        try record?.write()
        try output.truncate(to: done.size)
        var writer = try makeWriter(output, done.count)
        var progress = ProgressLine(besides: output)
        defer { progress.clear() }
        var count = done.count
        let skipped = input.source?.position ?? 0
        func group(_ entries: [RecordReader<Fields>.Entry]?) -> JobGroup<Fields.Record, Value>? {
            entries.map {
                JobGroup($0, work, untilError: onError == .fail, share: input.source?.share(from: skipped))
            }
        }
        do {
            var next = try group(reader.next())
            while let current = next, Interruption.received == nil {
                // An error in reading further input is reported after the results of the records before it.
                let waiting = try? reader.nextWithoutWaiting()
                next = group(waiting)
                next?.prepareAhead()
                let (results, failure) = try current.results(from: count)
                try writer.write(results)
                if let failure { throw failure }
                count += results.count
                let layers = exitLayer.map { layer in results.compactMap { try? layer($0.value.get()) } }
                progress.add(results.count, exitLayers: layers ?? [])
                progress.show(done: count, share: current.share)
                if next == nil { next = try group(reader.next()) }
            }
            progress.clear()
            try endIfInterrupted(output, written: writer.count)
            try writer.finish()
            record?.remove()
        } catch is Output.ReaderGone {
            progress.clear()
            tell("\(output.name) was closed by its reader: \(Self.words(writer.count)) written")
            throw ExitCode(128 + SIGPIPE)
        }
    }

    private static func words(_ count: Int) -> String { count == 1 ? "1 result is" : "\(count) results are" }

    /// Ends the run if the user has interrupted it.
    private func endIfInterrupted(_ output: JobOutput, written count: Int) throws {
        guard let number = Interruption.received else { return }
        let canGoOn = isResumable && output.isRegular && input.isFile
        tell(
            "interrupted: \(Self.words(count)) written to \(output.name)"
                + (canGoOn ? "; use the same command with --resume to continue" : ""))
        throw ExitCode(128 + number)
    }
}

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

/// Records in, results out, in constant memory: read, computed and written a group at a time.
struct Job<Fields: RecordFields> {
    let input: JobInput<Fields>
    /// The file to write; - is standard output.
    let output: String
    let onError: ErrorPolicy
    let resumes: Bool
    /// Whether a run that was interrupted can be resumed.
    let isResumable: Bool
    /// Everything that the results depend on besides the input.
    let facts: JSONObject

    /// A job that writes each result when it is there.
    init<Format>(_ input: JobInput<Fields>, _ options: JobOptions<Format>, facts: JSONObject) {
        self.input = input
        output = options.output.output
        onError = options.errors.onError
        resumes = options.resume
        isResumable = options.outputFormat.isLines
        self.facts = facts.merging(["output-format": .string(options.outputFormat.rawValue)])
    }

    /// A job that writes its results at its end.
    init(_ input: JobInput<Fields>, output: OutputOptions, onError: ErrorPolicy = .fail) {
        self.input = input
        self.output = output.output
        self.onError = onError
        (resumes, isResumable, facts) = (false, false, [:])
    }

    /// Runs it to its end or to where it is interrupted.
    ///
    /// - Parameters:
    ///   - makeWriter: a writer to an output that has some results already.
    ///   - exitLayer: after which layer a result left the network; nil where none leaves early.
    ///   - compute: the result of each record. It throws with code `invalidInput` if one of them has none.
    /// - Throws: `BertError` for the first bad record unless errors are emitted; everything before it is written then.
    ///   `ExitCode`, after saying so, if the user or the reader of the output ended it.
    func run<Value>(
        to makeWriter: (_ output: JobOutput, _ count: Int) throws -> any ResultWriter<Value>,
        exitLayer: ((Value) -> Int)? = nil, _ compute: ([Fields.Record]) throws -> [Value]
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
        do {
            while let entries = try reader.next() {
                let (results, failure) = try outcome(of: entries, compute)
                try writer.write(results)
                if let failure { throw failure }
                count += results.count
                let layers = exitLayer.map { layer in results.compactMap { try? layer($0.value.get()) } }
                progress.add(results.count, exitLayers: layers ?? [])
                progress.show(done: count, share: input.source?.share(from: skipped))
            }
            progress.clear()
            try endIfInterrupted(output, written: writer.count)
            try writer.finish()
            record?.remove()
        } catch is Output.ReaderGone {
            progress.clear()
            tell("nobody reads \(output.name) any more: \(Self.words(writer.count)) written")
            throw ExitCode(128 + SIGPIPE)
        }
    }

    /// The results of a group, each in its place; if errors end the run, those before the first one, and it.
    private func outcome<Value>(
        of entries: [RecordReader<Fields>.Entry], _ compute: ([Fields.Record]) throws -> [Value]
    ) throws -> (results: [JobResult<Value>], failure: BertError?) {
        let stops = onError == .fail
        // Nothing behind the record that ends the run is computed.
        let bad = stops ? entries.firstIndex { (try? $0.record.get()) == nil } : nil
        let records = entries[..<(bad ?? entries.count)].compactMap { try? $0.record.get() }
        var computed = try Self.attempt(records[...], stopsAtFailure: stops, compute)[...]
        var results: [JobResult<Value>] = []
        for (record, _) in entries {
            let result = record.flatMap { _ in computed.removeFirst() }
            if stops, case .failure(let error) = result { return (results, error) }
            results.append(JobResult(id: try? record.get().id, value: result))
        }
        return (results, nil)
    }

    private static func words(_ count: Int) -> String { count == 1 ? "1 result is" : "\(count) results are" }

    /// Ends the run if the user wants it to.
    private func endIfInterrupted(_ output: JobOutput, written count: Int) throws {
        guard let number = Interruption.received else { return }
        let canGoOn = isResumable && output.isRegular && input.isFile
        tell(
            "interrupted: \(Self.words(count)) written to \(output.name)"
                + (canGoOn ? "; the same command with --resume goes on" : ""))
        throw ExitCode(128 + number)
    }
}

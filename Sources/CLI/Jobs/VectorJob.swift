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

/// Texts in, vectors out, in constant memory: read, computed and written a group at a time.
struct VectorJob {
    let input: TextInput
    let options: JobOptions
    let member: String
    let width: Int
    /// What the results depend on besides input and options.
    let facts: JSONObject

    /// Runs it to its end or to where it is interrupted.
    ///
    /// - Parameter compute: the vector of each text, or why there is none.
    /// - Throws: `BertError` for the first bad line unless errors are emitted; everything before it is written then.
    ///   `ExitCode`, after saying so, if the user or the reader of the output ended it.
    func run(_ compute: ([TextRecord]) throws -> [Result<[Float], BertError>]) throws {
        signal(SIGPIPE, SIG_IGN)
        Interruption.note()
        var reader = input.texts.isEmpty ? try input.reader() : nil
        let output =
            options.output == "-" ? JobOutput.standard : try JobOutput(path: options.output, input: reader?.source)
        let record = try begin(output, reader?.source)
        let done = try resume(output, record, isFile: input.file != nil && reader?.source.isRegular == true)
        if output.isRegular { try record?.write() }
        try output.truncate(to: done.size)
        var skipped = 0
        while skipped < done.lines, let entries = try reader?.next() { skipped += entries.count }
        let skippedBytes = reader?.source.position ?? 0
        var writer = try VectorWriter(
            options.outputFormat, member: member, width: width, to: output, after: done.lines)
        var progress = ProgressLine(besides: output)
        defer { progress.clear() }
        do {
            func next() throws -> [RecordReader.Entry]? {
                if reader != nil { return try reader?.next() }
                guard writer.count == 0, !input.texts.isEmpty else { return nil }
                return input.texts.enumerated().map { .success(TextRecord(argument: $1, position: $0)) }
            }
            while let entries = try next() {
                try write(entries, to: &writer, compute)
                progress.show(
                    done: writer.count, new: writer.count - done.lines,
                    share: reader?.source.size.map {
                        Double((reader?.source.position ?? 0) - skippedBytes) / Double(max(1, $0 - skippedBytes))
                    })
            }
            if let number = Interruption.received {
                progress.clear()
                tell("interrupted: \(results(writer.count)) written to \(output.name)\(hint(record))")
                throw ExitCode(128 + number)
            }
            try writer.finish()
            record?.remove()
        } catch is Output.ReaderGone {
            progress.clear()
            tell("nobody reads \(output.name) any more: \(results(writer.count)) written")
            throw ExitCode(128 + SIGPIPE)
        }
    }

    /// Computes and writes a group, each result in its place.
    private func write(
        _ entries: [RecordReader.Entry], to writer: inout VectorWriter,
        _ compute: ([TextRecord]) throws -> [Result<[Float], BertError>]
    ) throws {
        // Nothing behind the line that ends the run is computed.
        let bad = options.onError == .fail ? entries.firstIndex { (try? $0.get()) == nil } : nil
        let entries = entries[...(bad ?? entries.count - 1)]
        var computed = try compute(entries.compactMap { try? $0.get() })[...]
        var results: [(TextRecord?, Result<[Float], BertError>)] = []
        var failure: BertError?
        for entry in entries {
            let result: (TextRecord?, Result<[Float], BertError>)
            switch entry {
            case .success(let record): result = (record, computed.removeFirst())
            case .failure(let error): result = (nil, .failure(error))
            }
            if options.onError == .fail, case .failure(let error) = result.1 {
                failure = error
                break
            }
            results.append(result)
        }
        try writer.write(results)
        if let failure { throw failure }
    }

    /// The record of a job that can be resumed; nil for one that can't.
    private func begin(_ output: JobOutput, _ source: ByteSource?) throws -> JobRecord? {
        guard output.isRegular, options.outputFormat == .jsonl || options.outputFormat == .text else { return nil }
        var facts = facts
        facts["output-format"] = .string(options.outputFormat.rawValue)
        facts["on-error"] = .string(options.onError.rawValue)
        facts["format"] = .string(input.format?.rawValue ?? "by name")
        facts["text-field"] = .string(input.textField)
        facts["id-field"] = .string(input.idField)
        facts["input"] = .string(source?.name ?? "arguments")
        if let info = source?.info, let size = source?.size {
            facts["input-size"] = .int(size)
            #if canImport(Darwin)
                let changed = info.st_mtimespec
            #else
                let changed = info.st_mtim
            #endif
            facts["input-changed"] = .string("\(changed.tv_sec).\(changed.tv_nsec)")
        }
        return JobRecord(output: options.output, facts: facts)
    }

    private func resume(_ output: JobOutput, _ record: JobRecord?, isFile: Bool) throws -> (lines: Int, size: Int) {
        guard options.resume else { return (0, 0) }
        guard let record, isFile else {
            throw BertError(.invalidArgument, "--resume goes on from file to file: --input FILE --output FILE")
        }
        guard try record.isBegun() else {
            guard try output.completeLines(group: 1).size == 0 else {
                throw BertError(
                    .invalidArgument,
                    "\(output.name) has no \(output.name).bert-job beside it: it is whole, or not of such a job")
            }
            return (0, 0)
        }
        return try output.completeLines(group: RecordReader.groupSize)
    }

    private func results(_ count: Int) -> String { count == 1 ? "1 result is" : "\(count) results are" }

    private func hint(_ record: JobRecord?) -> String {
        record != nil && input.file != nil ? "; the same command with --resume goes on" : ""
    }
}

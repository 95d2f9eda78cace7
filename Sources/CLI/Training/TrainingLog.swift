import BertCore
import BertJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The file of `--log-file`, with a JSON object per line for each log entry.
final class TrainingLog {
    private let path: String
    private let descriptor: Int32

    /// Opens the file. Keeps only the entries of an existing file up to the given step.
    ///
    /// - Parameter step: The step that the run resumes from, or 0 for a new run.
    init(_ path: String, goingOnFrom step: Int) throws {
        self.path = path
        var kept = ""
        if step > 0, let old = contents(of: path, limit: 1 << 30) {
            for line in old.split(separator: "\n") {
                guard let entry = try? JSONValue(parsing: String(line)), let at = entry["step"]?.intValue, at <= step
                else {
                    continue
                }
                kept += line + "\n"
            }
        }
        try AtomicFile.replace(path, with: kept)
        descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw BertError(.fileNotReadable, "can't be written: \(systemMessage())", file: path)
        }
    }

    deinit { close(descriptor) }

    /// Adds a line. If the log can't be written, a message is written once, and training continues.
    func append(_ entry: JSONObject) {
        var line = JSONValue.object(entry).serialized() + "\n"
        let isWritten: Void? = try? line.withUTF8 {
            try Output.write(UnsafeRawBufferPointer($0), to: descriptor, name: path)
        }
        if isWritten == nil, !hasWarned {
            hasWarned = true
            warn("\(path) can no longer be written")
        }
    }

    private var hasWarned = false
}

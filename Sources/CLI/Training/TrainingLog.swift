import BertCore
import BertJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// `--log-file`: a JSON object a line for whatever is logged.
final class TrainingLog {
    private let path: String
    private let descriptor: Int32

    /// Opens the file; of an older one only what happened up to a step stays.
    ///
    /// - Parameter step: the step that the run goes on from; 0: from the beginning.
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
            throw BertError(.fileNotReadable, "\(path) can't be written: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    /// Adds a line. A log that can't be written stops no training; it is said once.
    func append(_ entry: JSONObject) {
        var line = JSONValue.object(entry).serialized() + "\n"
        let isWritten: Void? = try? line.withUTF8 {
            try Output.write(UnsafeRawBufferPointer($0), to: descriptor, name: path)
        }
        if isWritten == nil, !hasWarned {
            hasWarned = true
            warn("\(path) can't be written any more")
        }
    }

    private var hasWarned = false
}

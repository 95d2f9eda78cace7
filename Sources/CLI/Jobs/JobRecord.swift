import BertCore
import BertJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file that describes an unfinished job, in the folder of its output. It ensures that only the same job is resumed.
struct JobRecord {
    private let path: String
    private let facts: JSONObject

    /// - Parameter facts: Everything that the results depend on.
    init(output: String, facts: JSONObject) {
        path = output + ".bert-job"
        self.facts = facts
    }

    /// Returns whether this job was started.
    ///
    /// - Throws: `BertError` that names the differences of another job.
    func isBegun() throws -> Bool {
        guard let text = contents(of: path) else { return false }
        guard let found = try? JSONValue(parsing: text).objectValue else {
            throw BertError(.invalidInput, "is damaged; remove it and the output to start again", file: path)
        }
        let differing = facts.keys.filter { facts[$0] != found[$0] } + found.keys.filter { facts[$0] == nil }
        guard differing.isEmpty else {
            throw BertError(
                .invalidArgument,
                """
                this is another job: \(differing.map { difference($0, found) }.joined(separator: ", ")); omit --resume \
                to start again
                """, file: path, key: differing.joined(separator: ", "))
        }
        return true
    }

    /// Returns the present and the original value, such as `float32, not int8`.
    private func difference(_ key: String, _ found: JSONObject) -> String {
        func words(_ value: JSONValue?) -> String { value.map { $0.stringValue ?? $0.serialized() } ?? "missing" }
        return "\(words(facts[key])), not \(words(found[key]))"
    }

    func write() throws { try AtomicFile.replace(path, with: JSONValue.object(facts).serialized() + "\n") }

    func remove() { unlink(path) }
}

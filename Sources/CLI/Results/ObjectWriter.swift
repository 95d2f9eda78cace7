import Bert
import BertJSON

/// A writer of a JSON object for each result.
struct ObjectWriter<Value>: ResultWriter {
    private var objects: ObjectOutput
    private let fill: (inout JSONObject, Value) throws -> Void

    var count: Int { objects.count }

    /// - Parameters:
    ///   - count: The number of results that the output already has.
    ///   - fill: Adds a result to an object with the common members.
    init(
        _ format: ObjectFormat, to output: JobOutput, after count: Int,
        fill: @escaping (inout JSONObject, Value) throws -> Void
    ) {
        objects = ObjectOutput(format, to: output, after: count)
        self.fill = fill
    }

    /// Creates a writer of encodable results.
    ///
    /// - Parameter member: The member for the result, or nil to add the members of the result.
    init(
        _ format: ObjectFormat, to output: JobOutput, after count: Int, as member: String? = nil
    ) where Value: Encodable {
        self.init(format, to: output, after: count) { try $0.add($1, as: member) }
    }

    mutating func write(_ results: [JobResult<Value>]) throws {
        try objects.write(
            results.enumerated().map { place, result in try JSONObject(result, index: count + place, fill: fill) })
    }

    func finish() throws { try objects.finish() }
}

extension JSONObject {
    /// Creates an object with index, id, and the result or its error.
    init<Value>(
        _ result: JobResult<Value>, index: Int, fill: (inout JSONObject, Value) throws -> Void
    ) rethrows {
        self.init([("index", .int(index))])
        if let id = result.id { self["id"] = id }
        switch result.value {
        case .success(let value): try fill(&self, value)
        case .failure(let error): self["error"] = .string("\(error)")
        }
    }

    /// Adds an encodable value as a member, or its own members if `member` is nil.
    mutating func add(_ value: some Encodable, as member: String? = nil) throws {
        let json = try JSONValue(encoding: value)
        if let member { self[member] = json } else { for (key, value) in json.objectValue ?? [:] { self[key] = value } }
    }
}

import Bert
import BertJSON

/// Writes a JSON object for each result.
struct ObjectWriter<Value>: ResultWriter {
    private var objects: ObjectOutput
    private let fill: (inout JSONObject, Value) -> Void

    var count: Int { objects.count }

    /// - Parameters:
    ///   - count: how many the output has already.
    ///   - fill: adds a result to what every object begins with.
    init(
        _ format: ObjectFormat, to output: JobOutput, after count: Int,
        fill: @escaping (inout JSONObject, Value) -> Void
    ) {
        objects = ObjectOutput(format, to: output, after: count)
        self.fill = fill
    }

    mutating func write(_ results: [JobResult<Value>]) throws {
        try objects.write(
            results.enumerated().map { place, result in JSONObject(result, index: count + place, fill: fill) })
    }

    func finish() throws { try objects.finish() }
}

extension JSONObject {
    /// `{"index":…,"id":…` and a result, or its error.
    init<Value>(_ result: JobResult<Value>, index: Int, fill: (inout JSONObject, Value) -> Void) {
        self.init([("index", .int(index))])
        if let id = result.id { self["id"] = id }
        switch result.value {
        case .success(let value): fill(&self, value)
        case .failure(let error): self["error"] = .string("\(error)")
        }
    }
}

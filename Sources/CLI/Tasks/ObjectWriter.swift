import ArgumentParser
import Bert
import BertJSON

/// How results that are objects are written.
enum ObjectFormat: String, CaseIterable, ExpressibleByArgument {
    /// One JSON object a line, as soon as it is there.
    case jsonl
    /// One JSON array.
    case json
}

/// Writes one JSON object for each result, as early as the format allows.
struct ObjectWriter {
    private let format: ObjectFormat
    /// How many were written.
    private(set) var count = 0

    init(_ format: ObjectFormat) { self.format = format }

    /// Takes the next results.
    ///
    /// - Parameter fill: adds a result to what every object begins with: its place, and the "id" of its record if there
    ///   was one.
    mutating func write<Record: PlacedRecord, Result>(
        _ records: [Record], _ results: [Result], _ fill: (inout JSONObject, Result) throws -> Void
    ) throws {
        try write(
            zip(records, results).enumerated().map { index, pair in
                var object = JSONObject(pair.0, index: count + index)
                try fill(&object, pair.1)
                return object
            })
    }

    /// Takes the next objects.
    mutating func write(_ objects: [JSONObject]) throws {
        var text = ""
        for object in objects {
            let line = JSONValue.object(object).serialized()
            switch format {
            case .jsonl: text += line + "\n"
            case .json: text += (count == 0 ? "[\n" : ",\n") + line
            }
            count += 1
        }
        try Output.write(text)
    }

    /// Writes what can only be written at the end.
    func finish() throws {
        if format == .json { try Output.write(count == 0 ? "[]\n" : "\n]\n") }
    }
}

extension JSONObject {
    /// What every result begins with: its place, and the "id" of its input if there was one.
    init(_ record: some PlacedRecord, index: Int) {
        self.init([("index", .int(index))])
        if let id = record.id { self["id"] = id }
    }
}

extension LabelScore {
    /// `{"label": …, "score": …}`
    var json: JSONValue { ["label": .string(label), "score": .double(score)] }
}

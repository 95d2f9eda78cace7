import BertJSON

/// Writes results, one JSON object a line, as soon as they are there.
struct ResultWriter {
    /// What a result is called.
    let member: String
    private var count = 0

    init(member: String) { self.member = member }

    /// Writes the next results with the ids of their inputs.
    mutating func write(_ results: [(id: JSONValue?, result: JSONValue)]) throws {
        var text = ""
        for (id, result) in results {
            var object: JSONObject = ["index": .int(count)]
            if let id { object["id"] = id }
            object[member] = result
            text += JSONValue.object(object).serialized() + "\n"
            count += 1
        }
        try Output.write(text)
    }
}

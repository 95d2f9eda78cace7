import ArgumentParser
import BertJSON

/// How vectors are written.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    /// One JSON object a line, as soon as it is there.
    case jsonl
    /// One JSON array.
    case json
    /// Numbers with spaces between, one vector a line.
    case text
    /// A NumPy array.
    case npy
}

/// Writes vectors in some format, as early as the format allows.
struct VectorWriter {
    private let format: OutputFormat
    /// What a vector is called in JSON.
    private let member: String
    private let width: Int?
    private var count = 0
    private var kept: [[Float]] = []

    /// - Parameter width: the components of a vector, for an array without any; nil if they are as many as vectors.
    init(_ format: OutputFormat, member: String, width: Int?) {
        self.format = format
        self.member = member
        self.width = width
    }

    /// Takes the next vectors.
    mutating func write(_ records: [TextRecord], _ vectors: [[Float]]) throws {
        var text = ""
        for (record, vector) in zip(records, vectors) {
            switch format {
            case .jsonl: text += object(record, vector).serialized() + "\n"
            case .json: text += (count == 0 ? "[\n" : ",\n") + object(record, vector).serialized()
            case .text: text += vector.map(\.description).joined(separator: " ") + "\n"
            case .npy: kept.append(vector)
            }
            count += 1
        }
        try Output.write(text)
    }

    /// Writes what can only be written at the end.
    func finish() throws {
        switch format {
        case .jsonl, .text: return
        case .json: try Output.write(count == 0 ? "[]\n" : "\n]\n")
        case .npy:
            try NumPyArray.bytes(kept, width: width ?? kept.count).withUnsafeBytes { try Output.write($0) }
        }
    }

    private func object(_ record: TextRecord, _ vector: [Float]) -> JSONValue {
        var object: JSONObject = ["index": .int(count)]
        if let id = record.id { object["id"] = id }
        object[member] = .array(vector.map(JSONValue.float))
        return .object(object)
    }
}

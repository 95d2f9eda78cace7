import Bert
import BertJSON

/// Writes encodings as JSON, an object a line.
struct EncodingWriter {
    private let offsets: TokenizingOptions.OffsetUnit
    private let hasOverflow: Bool
    private var count = 0
    private var bytes: [UInt8] = []

    init(offsets: TokenizingOptions.OffsetUnit, hasOverflow: Bool) {
        self.offsets = offsets
        self.hasOverflow = hasOverflow
    }

    /// Takes the next encoding.
    mutating func append(_ record: TextRecord, _ encoding: Encoding) {
        var object: JSONObject = ["index": .int(count)]
        if let id = record.id { object["id"] = id }
        add(encoding, of: record, to: &object)
        if hasOverflow {
            object["overflow"] = .array(
                encoding.overflow.map { window in
                    var object = JSONObject()
                    add(window, of: record, to: &object)
                    return .object(object)
                })
        }
        bytes += JSONValue.object(object).serializedBytes()
        bytes.append(0x0A)
        count += 1
    }

    /// Writes what has been taken.
    mutating func flush() throws {
        try bytes.withUnsafeBytes { try Output.write($0) }
        bytes.removeAll(keepingCapacity: true)
    }

    private func add(_ encoding: Encoding, of record: TextRecord, to object: inout JSONObject) {
        func list(_ values: some Sequence<some BinaryInteger>) -> JSONValue { .array(values.map { .int(Int($0)) }) }
        let ranges =
            offsets == .utf8 ? encoding.offsets : encoding.scalarOffsets(in: record.text, pair: record.pair)
        object["ids"] = list(encoding.ids)
        object["type_ids"] = list(encoding.typeIDs)
        object["attention_mask"] = list(encoding.attentionMask)
        object["special_tokens_mask"] = list(encoding.specialTokensMask)
        object["tokens"] = .array(encoding.tokens.map(JSONValue.string))
        object["offsets"] = .array(ranges.map { list([$0.lowerBound, $0.upperBound]) })
        object["word_ids"] = .array(encoding.wordIDs.map { $0.map { .int(Int($0)) } ?? .null })
    }
}

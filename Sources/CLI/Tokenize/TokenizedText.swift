import Bert
import BertJSON

/// A text and its tokens.
struct TokenizedText {
    let record: TextRecord
    let encoding: Encoding

    /// Adds the members of the encoding and, if requested, "overflow" with the members of each window over the
    /// truncated tokens.
    func fill(_ object: inout JSONObject, _ options: TokenizingOptions) {
        fill(&object, encoding, options.offsets)
        guard options.hasOverflow else { return }
        object["overflow"] = .array(
            encoding.overflow.map { window in
                var object = JSONObject()
                fill(&object, window, options.offsets)
                return .object(object)
            })
    }

    private func fill(_ object: inout JSONObject, _ encoding: Encoding, _ unit: TokenizingOptions.OffsetUnit) {
        func list(_ values: some Sequence<some BinaryInteger>) -> JSONValue { .array(values.map { .int(Int($0)) }) }
        let ranges = unit == .utf8 ? encoding.offsets : encoding.scalarOffsets(in: record.text, pair: record.pair)
        object["ids"] = list(encoding.ids)
        object["type_ids"] = list(encoding.typeIDs)
        object["attention_mask"] = list(encoding.attentionMask)
        object["special_tokens_mask"] = list(encoding.specialTokensMask)
        object["tokens"] = .array(encoding.tokens.map(JSONValue.string))
        object["offsets"] = .array(ranges.map { list([$0.lowerBound, $0.upperBound]) })
        object["word_ids"] = .array(encoding.wordIDs.map { $0.map { .int(Int($0)) } ?? .null })
    }
}

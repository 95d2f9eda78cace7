import BertCore
import BertJSON

/// Splits JSON Lines into values. Blank lines are skipped.
struct JSONLineSplitter: ValueSplitter {
    private var lines: LineSplitter
    private let kind: String
    private let hint: FormatHint

    /// - Parameter kind: A description of a line for messages.
    init(source: String, kind: String, hint: FormatHint) {
        lines = LineSplitter(source: source)
        self.kind = kind
        self.hint = hint
    }

    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [PlacedValue] { try lines.take(bytes).compactMap(value) }

    mutating func finish() -> [PlacedValue] { lines.finish().compactMap(value) }

    private func value(_ line: LineSplitter.Line) -> PlacedValue? {
        if line.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) { return nil }
        let place = lines.place(line.number)
        return PlacedValue(place, byteCount: line.bytes.count) {
            try JSONValue(Array(line.bytes)) { error in
                // The parser counts lines within this line.
                let advice = error.code == .invalidUTF8 ? "" : "; a line is \(kind)\(hint.line(line.bytes))"
                return place.error(error.reason + advice, column: error.location?.column)
            }
        }
    }
}

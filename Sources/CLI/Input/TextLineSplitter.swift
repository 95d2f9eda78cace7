import BertJSON

/// A splitter for one text per line.
struct TextLineSplitter: ValueSplitter {
    private var lines: LineSplitter

    init(source: String) { lines = LineSplitter(source: source) }

    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [PlacedValue] { try lines.take(bytes).map(value) }

    mutating func finish() -> [PlacedValue] { lines.finish().map(value) }

    private func value(_ line: LineSplitter.Line) -> PlacedValue {
        let place = lines.place(line.number)
        return PlacedValue(place, byteCount: line.bytes.count) {
            .string(try text(line.bytes, at: place))
        }
    }
}

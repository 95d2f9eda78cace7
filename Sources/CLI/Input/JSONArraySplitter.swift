import BertCore
import BertJSON

/// Splits a JSON array into its elements. Each element is parsed when it is complete.
struct JSONArraySplitter: ValueSplitter {
    private enum State { case before, inside, after }

    private let source: String
    private let kind: String
    private let hint: FormatHint
    private var state = State.before
    /// The bytes of an element and their position.
    private var element: [UInt8] = []
    private var start = (line: 1, column: 1)
    private var position = (line: 1, column: 1)
    private var count = 0
    /// The number of open arrays and objects in the element.
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    private var problem: BertError?

    /// - Parameter kind: A description of an element for messages.
    init(source: String, kind: String, hint: FormatHint) {
        self.source = source
        self.kind = kind
        self.hint = hint
    }

    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [PlacedValue] {
        var values: [PlacedValue] = []
        for byte in bytes {
            switch state {
            case .inside: if let value = add(byte) { values.append(value) }
            case .before where byte == UInt8(ascii: "["):
                state = .inside
                start = (position.line, position.column + 1)
            case .before where !byte.isSpace:
                throw BertError(
                    .invalidInput, "is not a JSON array of \(kind)\(hint.array(startingWith: byte))",
                    file: source)
            case .after where !byte.isSpace: problem = problem ?? failure("unexpected data after the array")
            case .before, .after: break
            }
            advance(over: byte)
        }
        guard element.count <= valueSizeLimit else {
            throw failure("element \(count) is longer than \(valueSizeLimit >> 20) MiB; is a quote missing?")
        }
        return values
    }

    mutating func finish() throws -> [PlacedValue] {
        if let problem { throw problem }
        switch state {
        case .after: return []
        case .before:
            throw BertError(.invalidInput, "is empty; expected an array of \(kind)", file: source)
        case .inside: throw failure("the file ends \(isInString ? "inside a string" : "before the array's end")")
        }
    }

    /// Processes a byte inside the array. Returns the element that ends with it.
    private mutating func add(_ byte: UInt8) -> PlacedValue? {
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else {
                isInString = byte != UInt8(ascii: "\"")
            }
        } else {
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]") where depth == 0:
                state = .after
                // There is nothing between the brackets of an empty array.
                return count == 0 && element.allSatisfy(\.isSpace) ? nil : endElement()
            case UInt8(ascii: ",") where depth == 0: return endElement()
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
            default: break
            }
        }
        element.append(byte)
        return nil
    }

    private mutating func endElement() -> PlacedValue {
        defer {
            (element, count) = ([], count + 1)
            start = (position.line, position.column + 1)
        }
        let place = InputPlace(source: source, unit: "element", number: count)
        return PlacedValue(place, byteCount: element.count) {
            try JSONValue(element) { error in
                // The parser counts lines and columns within the element.
                let (line, column) = error.location.map { ($0.line, $0.column) } ?? (1, 1)
                return BertError(
                    .invalidInput, error.reason, record: count, of: place.unit, file: source,
                    line: start.line + line - 1, column: line == 1 ? start.column + column - 1 : column)
            }
        }
    }

    private mutating func advance(over byte: UInt8) {
        if byte == 0x0a { position = (position.line + 1, 1) } else if byte & 0xc0 != 0x80 { position.column += 1 }
    }

    private func failure(_ reason: String) -> BertError {
        BertError(.invalidInput, reason, file: source, line: position.line, column: position.column)
    }
}

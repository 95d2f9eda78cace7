/// Options for serializing values.
public struct JSONWriteOptions: Sendable {
    /// The serialization of non-finite numbers, which JSON can't represent.
    public enum NonFinite: Sendable {
        /// `null`.
        case null
        /// `NaN`, `Infinity` and `-Infinity`, which Python accepts.
        case python
    }

    /// Whether to write each member on its own line, with an indentation of two spaces.
    public var pretty = false
    /// Whether to sort members by the UTF-8 of their names.
    public var sortedKeys = false
    /// The serialization of infinity and NaN.
    public var nonFinite = NonFinite.null

    /// Creates options for a single line, with members in their own order.
    public init() {}
}

extension JSONValue: CustomStringConvertible {
    /// The value as a single line of JSON.
    public var description: String { serialized() }

    /// Returns the value as JSON text. Doubles are written with the fewest digits that give the same number when
    /// parsed.
    public func serialized(pretty: Bool = false, sortedKeys: Bool = false) -> String {
        var options = JSONWriteOptions()
        options.pretty = pretty
        options.sortedKeys = sortedKeys
        return String(decoding: serializedBytes(options), as: UTF8.self)
    }

    /// Returns the value as JSON text in UTF-8.
    public func serializedBytes(_ options: JSONWriteOptions = JSONWriteOptions()) -> [UInt8] {
        var writer = JSONWriter(options: options)
        writer.write(self)
        return writer.bytes
    }
}

private struct JSONWriter {
    let options: JSONWriteOptions
    var bytes: [UInt8] = []
    private var depth = 0

    init(options: JSONWriteOptions) { self.options = options }

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .number(let value): write(value)
        case .string(let value): write(value)
        case .array(let elements):
            writeList("[", elements, "]") { $0.write($1) }
        case .object(let members):
            let order =
                options.sortedKeys
                ? members.indices.sorted { members.keys[$0].utf8.lexicographicallyPrecedes(members.keys[$1].utf8) }
                : Array(members.indices)
            writeList("{", order, "}") { writer, position in
                writer.write(members.keys[position])
                writer.append(writer.options.pretty ? ": " : ":")
                writer.write(members.values[position])
            }
        }
    }

    private mutating func writeList<Element>(
        _ opening: String, _ elements: [Element], _ closing: String, _ write: (inout Self, Element) -> Void
    ) {
        append(opening)
        depth += 1
        for (position, element) in elements.enumerated() {
            if position > 0 { append(",") }
            startLine()
            write(&self, element)
        }
        depth -= 1
        if !elements.isEmpty { startLine() }
        append(closing)
    }

    private mutating func startLine() {
        guard options.pretty else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }

    private mutating func write(_ number: JSONNumber) {
        switch number {
        case .int(let value): append(value.description)
        case .uint(let value): append(value.description)
        case .bigInteger(let digits): append(digits)
        case .double(let value): write(value, value.description)
        case .float(let value): write(Double(value), value.description)
        }
    }

    /// Writes a number. `text` is its shortest exact representation, which Swift's descriptions are.
    private mutating func write(_ value: Double, _ text: String) {
        if value.isFinite {
            append(text)
        } else if options.nonFinite == .null {
            append("null")
        } else {
            append(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
        }
    }

    private mutating func write(_ string: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x0a: append("\\n")
            case 0x0d: append("\\r")
            case 0x09: append("\\t")
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                append("\\u00" + (digits.utf8.count < 2 ? "0" : "") + digits)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
}

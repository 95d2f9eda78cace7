/// A JSON value that is being built.
final class Node {
    enum Value {
        case literal(String)
        case string(String)
        case array([Node])
        case object([String: Node])
    }

    var value = Value.object([:])

    func encode(_ new: some Encodable, at path: [any CodingKey]) throws {
        switch new {
        case let text as String: value = .string(text)
        case let flag as Bool: value = .literal("\(flag)")
        case let number as any BinaryInteger: value = .literal("\(number)")
        case is any BinaryFloatingPoint:
            throw EncodingError.invalidValue(
                new, .init(codingPath: path, debugDescription: "numbers with a fraction are not supported"))
        default: try new.encode(to: NodeEncoder(node: self, codingPath: path))
        }
    }

    /// Adds an element to an array.
    func append() -> Node {
        let node = Node()
        if case .array(let elements) = value { value = .array(elements + [node]) } else { value = .array([node]) }
        return node
    }

    /// Adds a member to an object.
    func insert(_ key: any CodingKey) -> Node {
        let node = Node()
        var members: [String: Node] = [:]
        if case .object(let known) = value { members = known }
        members[key.stringValue] = node
        value = .object(members)
        return node
    }

    func write(to text: inout String, indent: String) {
        switch value {
        case .literal(let literal): text += literal
        case .string(let string): Self.write(string, to: &text)
        case .array(let elements):
            Self.write(elements, between: ("[", "]"), to: &text, indent) { element, text, indent in
                element.write(to: &text, indent: indent)
            }
        case .object(let members):
            let sorted = members.sorted { $0.key < $1.key }
            Self.write(sorted, between: ("{", "}"), to: &text, indent) { member, text, indent in
                Self.write(member.key, to: &text)
                text += " : "
                member.value.write(to: &text, indent: indent)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element], between brackets: (String, String), to text: inout String, _ indent: String,
        each: (Element, inout String, String) -> Void
    ) {
        text += brackets.0 + "\n"
        for (position, element) in elements.enumerated() {
            text += (position > 0 ? ",\n" : "") + indent + "  "
            each(element, &text, indent + "  ")
        }
        text += "\n" + indent + brackets.1
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "/": text += "\\/"
            case "\u{8}": text += "\\b"
            case "\u{c}": text += "\\f"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

import BertJSON

/// An input: a text, a pair of texts, or token ids.
enum TextItem: Sendable {
    case text(String)
    case pair(String, String)
    case ids([Int])

    /// The number of Unicode scalars in the text.
    var characters: Int {
        switch self {
        case .text(let text): text.unicodeScalars.count
        case .pair(let first, let second): first.unicodeScalars.count + second.unicodeScalars.count
        case .ids: 0
        }
    }

    var bytes: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .pair(let first, let second): first.utf8.count + second.utf8.count
        case .ids(let ids): ids.count
        }
    }

    var isEmpty: Bool {
        switch self {
        case .text(let text): text.isEmpty
        case .pair: false
        case .ids(let ids): ids.isEmpty
        }
    }
}

/// The inputs of a request, and whether it was a single input outside a list.
struct TextItems: Sendable {
    var items: [TextItem]
    var isSingle: Bool
    /// The name of the inputs in errors.
    var parameter: String

    /// Parses `"text"`, `["text", …]`, `[1, 2]`, `[[1, 2], …]`, or a list of texts and lists of ids.
    init(_ node: JSONNode, limit: Int) throws(ServingError) {
        parameter = node.path
        (items, isSingle) = try Body.read {
            if let text = node.value.stringValue { return ([.text(text)], true) }
            guard let elements = node.value.arrayValue else {
                throw node.mismatch("a string, a list of strings, or token ids")
            }
            if !elements.isEmpty, elements.allSatisfy({ $0.numberValue != nil }) {
                return ([.ids(try node.elements().map { try $0.int() })], true)
            }
            return (
                try node.elements().map { element in
                    if let text = element.value.stringValue { return .text(text) }
                    guard element.value.arrayValue != nil else {
                        throw element.mismatch("a string or a list of token ids")
                    }
                    return .ids(try element.elements().map { try $0.int() })
                }, false
            )
        }
        try Self.check(items.count, parameter, limit)
    }

    /// Parses `"text"`, `["a", "b"]` for one pair, or a list of `["a"]` and `["a", "b"]`, as in `/predict` of
    /// text-embeddings-inference.
    init(pairs node: JSONNode, limit: Int) throws(ServingError) {
        parameter = node.path
        (items, isSingle) = try Body.read {
            if let text = node.value.stringValue { return ([.text(text)], true) }
            func item(_ node: JSONNode) throws -> TextItem {
                let texts = try node.elements().map { try $0.string() }
                switch texts.count {
                case 1: return .text(texts[0])
                case 2: return .pair(texts[0], texts[1])
                default: throw node.failure(.typeMismatch, "expected one text or a pair, found \(texts.count) texts")
                }
            }
            let elements = try node.elements()
            guard let first = elements.first else { return ([], false) }
            if first.value.stringValue != nil { return ([try item(node)], true) }
            return (try elements.map(item), false)
        }
        try Self.check(items.count, parameter, limit)
    }

    /// Parses `"text"`, `["text", …]`, `{"text": …, "text_pair": …}`, or a list of such objects, as in the pipelines of
    /// transformers.
    init(objects node: JSONNode, limit: Int) throws(ServingError) {
        parameter = node.path
        (items, isSingle) = try Body.read {
            func item(_ node: JSONNode) throws -> TextItem {
                if let text = node.value.stringValue { return .text(text) }
                guard node.value.objectValue != nil else { throw node.mismatch("a string, or an object with text") }
                let text = try node.required("text").string()
                return try node["text_pair"].map { .pair(text, try $0.string()) } ?? .text(text)
            }
            guard node.value.arrayValue != nil else { return ([try item(node)], true) }
            return (try node.elements().map(item), false)
        }
        try Self.check(items.count, parameter, limit)
    }

    init(_ items: [TextItem], parameter: String, isSingle: Bool = false) {
        self.items = items
        self.parameter = parameter
        self.isSingle = isSingle
    }

    private static func check(_ count: Int, _ parameter: String, _ limit: Int) throws(ServingError) {
        guard count > 0 else { throw ServingError(.emptyInput, "`\(parameter)` cannot be empty") }
        guard count <= limit else {
            throw ServingError(
                .tooManyInputs, "\(count) inputs in one request; the maximum is \(limit) (--max-client-batch-size)",
                parameter: parameter)
        }
    }

    /// Returns the name of an input in errors.
    func name(_ place: Int) -> String { isSingle ? parameter : "\(parameter)[\(place)]" }
}

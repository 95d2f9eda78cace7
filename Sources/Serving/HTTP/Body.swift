import BertJSON

/// The body of a request: a JSON object with typed access to its members. Unknown members are ignored.
struct Body: Sendable {
    private let node: JSONNode

    /// Parses a body as strict JSON with at most 64 nested arrays and objects.
    init(_ bytes: [UInt8]) throws(ServingError) {
        var options = JSONParseOptions()
        options.maximumDepth = 64
        options.lastDuplicateWins = true
        do {
            guard !bytes.isEmpty else {
                throw ServingError(.invalidJSON, "the request has no body; send a JSON object")
            }
            node = try JSONNode(parsing: bytes, options: options)
            _ = try node.object()
        } catch let error as ServingError { throw error } catch let error as JSONError {
            throw ServingError(error)
        } catch { throw .internalError("\(error)") }
    }

    private init(_ node: JSONNode) { self.node = node }

    /// Returns the member with a name, or nil if it is missing or `null`.
    subscript(_ name: String) -> JSONNode? { node[name] }

    /// Returns the required member with a name.
    func required(_ name: String) throws(ServingError) -> JSONNode { try Self.read { try node.required(name) } }

    /// Returns the object with a name, or an empty one if it is missing or `null`.
    func object(_ name: String) throws(ServingError) -> Body {
        guard let member = node[name] else { return Body(JSONNode(.object([:]))) }
        _ = try Self.read { try member.object() }
        return Body(member)
    }

    /// Returns the members of both bodies. The members of the other body take precedence.
    func merged(with other: Body) -> Body {
        var members = node.value.objectValue ?? [:]
        for (key, value) in other.node.value.objectValue ?? [:] { members[key] = value }
        return Body(JSONNode(.object(members)))
    }

    func string(_ name: String) throws(ServingError) -> String? { try Self.read { try node[name]?.string() } }
    func bool(_ name: String) throws(ServingError) -> Bool? { try Self.read { try node[name]?.bool() } }
    func int(_ name: String, in range: ClosedRange<Int>) throws(ServingError) -> Int? {
        try Self.read { try node[name]?.int(in: range) }
    }
    func number(_ name: String) throws(ServingError) -> Double? { try Self.read { try node[name]?.double() } }
    func strings(_ name: String) throws(ServingError) -> [String]? {
        try Self.read { try node[name]?.elements().map { try $0.string() } }
    }

    /// The names of all members.
    var names: [String] { node.value.objectValue?.keys ?? [] }

    /// Returns whether there is a member with a name, including `null`.
    func has(_ name: String) -> Bool { node.member(name) != nil }

    /// Runs a closure that throws JSON errors or serving errors, and converts the former.
    static func read<Value>(_ body: () throws -> Value) throws(ServingError) -> Value {
        do { return try body() } catch {
            switch error {
            case let error as ServingError: throw error
            case let error as JSONError: throw ServingError(error)
            default: throw .internalError("\(error)")
            }
        }
    }
}

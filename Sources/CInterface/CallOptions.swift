import BertCheckpoints
import BertCore
import BertHub
import BertJSON

/// The options of a call, passed as a JSON object.
struct CallOptions {
    private let members: JSONObject

    /// Parses options.
    ///
    /// - Parameters:
    ///   - json: The JSON object; NULL and an empty string mean no options.
    ///   - known: The names of supported options.
    /// - Throws: ``BertError`` with code `invalidArgument` for an unknown option.
    init(_ json: UnsafePointer<CChar>?, known: [String]) throws {
        let bytes = json.map {
            UnsafeBufferPointer(start: UnsafeRawPointer($0).assumingMemoryBound(to: UInt8.self), count: length($0))
        }
        guard let bytes, !bytes.isEmpty else {
            members = [:]
            return
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw BertError(.invalidArgument, "the bytes are not valid UTF-8", key: "options")
        }
        let value: JSONValue
        do { value = try JSONValue(parsing: text) } catch {
            throw BertError(.invalidArgument, "not JSON", key: "options", cause: error)
        }
        guard let members = value.objectValue else {
            throw BertError(
                .invalidArgument, "expected a JSON object such as {\"backend\": \"simd\"}", key: "options")
        }
        if let name = members.keys.first(where: { !known.contains($0) }) {
            let hint = Spelling.nearest(to: name, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
            throw BertError(
                .invalidArgument,
                "unknown option\(hint); there \(known.isEmpty ? "are none" : "are \(known.joined(separator: ", "))")",
                key: name)
        }
        // null means that an option isn't specified.
        self.members = JSONObject(members.filter { !$0.value.isNull }.map { ($0.key, $0.value) })
    }

    func string(_ name: String) throws -> String? { try value(name, "a string") { $0.stringValue } }
    func bool(_ name: String) throws -> Bool? { try value(name, "true or false") { $0.boolValue } }
    func strings(_ name: String) throws -> [String]? {
        try value(name, "an array of strings") { value in
            let strings = value.arrayValue?.compactMap(\.stringValue)
            return strings?.count == value.arrayValue?.count ? strings : nil
        }
    }

    func int(_ name: String, atLeast least: Int) throws -> Int? {
        guard let int = try value(name, "an integer", { $0.intValue }) else { return nil }
        guard (least...1 << 40).contains(int) else {
            throw BertError(
                .invalidArgument, "must be at least \(least), not \(int)", key: name, value: .int(int),
                limit: .int(least))
        }
        return int
    }

    /// Returns one or more numbers.
    func floats(_ name: String) throws -> [Float]? {
        try value(name, "a number, or an array of numbers") { value in
            if let number = value.doubleValue { return [Float(number)] }
            let numbers = value.arrayValue?.compactMap(\.doubleValue)
            return numbers?.count == value.arrayValue?.count ? numbers?.map { Float($0) } : nil
        }
    }

    /// Returns a value of a type with named values.
    func choice<Value: RawRepresentable<String> & CaseIterable>(_ name: String, _: Value.Type) throws -> Value? {
        try string(name).map { text in
            guard let value = Value.allCases.first(where: { $0.rawValue.lowercased() == text.lowercased() }) else {
                throw BertError(
                    .invalidArgument,
                    "\"\(text)\" is not one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))",
                    key: name, value: .string(text), choices: Value.allCases.map(\.rawValue))
            }
            return value
        }
    }

    /// Checks that at most one of the given options is specified.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` if there are several.
    func checkAtMostOne(of names: [String]) throws {
        let given = names.filter { members[$0] != nil }
        guard given.count <= 1 else {
            throw BertError(.invalidArgument, "use only one of \(given.joined(separator: " and "))", key: given[1])
        }
    }

    private func value<Value>(_ name: String, _ type: String, _ read: (JSONValue) -> Value?) throws -> Value? {
        guard let json = members[name] else { return nil }
        guard let value = read(json) else {
            throw BertError(.invalidArgument, "expected \(type), not \(json.serialized().prefix(100))", key: name)
        }
        return value
    }
}

/// Returns the files of a model, specified by its folder or by its id in the local Hugging Face cache.
///
/// - Throws: ``BertError`` with the locations that were searched.
func modelFiles(_ folder: UnsafePointer<CChar>?, _ options: CallOptions) throws -> ModelFiles {
    let (name, revision) = (try argument("folder", folder), try options.string("revision"))
    guard (try? ModelFiles(folder: name)) == nil, HubCache.isModelID(name) else {
        guard revision == nil else {
            throw BertError(.invalidArgument, "only applies to models of the hub; \(name) is a folder", key: "revision")
        }
        return try ModelFiles(folder: name)
    }
    return try ModelFiles(folder: HubCache().snapshot(of: name, revision: revision ?? "main"))
}

private func length(_ string: UnsafePointer<CChar>) -> Int {
    var count = 0
    while string[count] != 0 { count += 1 }
    return count
}

/// Returns a string argument.
///
/// - Throws: ``BertError`` with code `invalidArgument` for NULL and invalid UTF-8.
func argument(_ name: String, _ string: UnsafePointer<CChar>?) throws -> String {
    guard let string else { throw BertError(.invalidArgument, "is NULL", key: name) }
    let bytes = UnsafeBufferPointer(
        start: UnsafeRawPointer(string).assumingMemoryBound(to: UInt8.self), count: length(string))
    guard let text = String(validating: bytes, as: UTF8.self) else {
        throw BertError(.invalidArgument, "the bytes are not valid UTF-8", key: name)
    }
    return text
}

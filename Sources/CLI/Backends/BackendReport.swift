import BertCore
import BertJSON

/// A report on a linked backend.
struct BackendReport {
    /// An operation and its capability.
    struct Operation: Equatable {
        let name: String
        let capability: String
    }

    /// The reason why a backend is unavailable.
    struct Failure {
        let code: String
        let reason: String
        let tried: String?
        let fix: String?
    }

    var name: String
    var aliases: [String]
    var summary: String
    var priority: BackendPriority
    /// The file of the plugin that contains the backend.
    var plugin: String?
    var version: String?
    var library: String?
    var instructionSet: String?
    var threads: Int?
    var numerics: String?
    var isBatchInvariant: Bool?
    var details: [(String, String)] = []
    var native: [String] = []
    var others: [Operation] = []
    var failure: Failure?

    var isAvailable: Bool { failure == nil }

    /// Creates a report on the backend, and opens it if possible.
    init(_ descriptor: BackendDescriptor, in registry: BackendRegistry) {
        name = descriptor.name
        aliases = descriptor.aliases
        summary = descriptor.summary
        priority = descriptor.priority
        plugin = descriptor.plugin
        switch registry.status(of: descriptor.name) {
        case .available(let backend):
            let info = backend.info
            version = info.version
            library = info.libraryPath
            instructionSet = info.instructionSet
            threads = info.threads
            numerics = info.numerics
            isBatchInvariant = info.isBatchInvariant
            details = info.details.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            for kind in OperationKind.allCases {
                switch backend.capability(of: OperationRequest(kind)) {
                case .native: native.append(kind.rawValue)
                case let other: others.append(Operation(name: kind.rawValue, capability: other.description))
                }
            }
        case .unavailable(let reason):
            let failure = BackendUnavailableError.Failure(
                backend: name, reason: reason, install: descriptor.packages?.installCommand)
            self.failure = Failure(
                code: reason.code.description, reason: reason.message, tried: reason.triedLine, fix: failure.fix)
        }
    }

    /// Creates a report on a backend that couldn't be opened.
    init(_ descriptor: BackendDescriptor, failure: Failure) {
        name = descriptor.name
        aliases = descriptor.aliases
        summary = descriptor.summary
        priority = descriptor.priority
        plugin = descriptor.plugin
        self.failure = failure
    }
}

extension BackendReport {
    /// The report as JSON.
    var json: JSONValue {
        var object: JSONObject = [
            "name": .string(name), "aliases": .array(aliases.map(JSONValue.string)), "summary": .string(summary),
            "priority": priority.json, "plugin": plugin.map(JSONValue.string) ?? .null,
            "available": .bool(isAvailable),
        ]
        guard let failure else {
            object["version"] = version.map(JSONValue.string) ?? .null
            object["library"] = library.map(JSONValue.string) ?? .null
            object["instruction_set"] = instructionSet.map(JSONValue.string) ?? .null
            object["threads"] = threads.map(JSONValue.int) ?? .null
            object["numerics"] = numerics.map(JSONValue.string) ?? .null
            object["batch_invariant"] = isBatchInvariant.map(JSONValue.bool) ?? .null
            object["details"] = .object(JSONObject(details.map { ($0.0, .string($0.1)) }))
            object["native"] = .array(native.map(JSONValue.string))
            object["other"] = .object(JSONObject(others.map { ($0.name, .string($0.capability)) }))
            return .object(object)
        }
        object["code"] = .string(failure.code)
        object["reason"] = .string(failure.reason)
        object["tried"] = failure.tried.map(JSONValue.string) ?? .null
        object["fix"] = failure.fix.map(JSONValue.string) ?? .null
        return .object(object)
    }

    /// Creates a report from the ``json`` that another process wrote. Returns nil if it wrote something else.
    init?(_ json: JSONValue) {
        guard let name = json["name"]?.stringValue, let available = json["available"]?.boolValue else { return nil }
        self.name = name
        aliases = (json["aliases"]?.arrayValue ?? []).compactMap(\.stringValue)
        summary = json["summary"]?.stringValue ?? ""
        priority = BackendPriority(json["priority"])
        plugin = json["plugin"]?.stringValue
        version = json["version"]?.stringValue
        library = json["library"]?.stringValue
        instructionSet = json["instruction_set"]?.stringValue
        threads = json["threads"]?.intValue
        numerics = json["numerics"]?.stringValue
        isBatchInvariant = json["batch_invariant"]?.boolValue
        details = (json["details"]?.objectValue).map { $0.map { ($0.key, $0.value.stringValue ?? "") } } ?? []
        native = (json["native"]?.arrayValue ?? []).compactMap(\.stringValue)
        others =
            (json["other"]?.objectValue).map {
                $0.map { Operation(name: $0.key, capability: $0.value.stringValue ?? "") }
            } ?? []
        guard !available else { return }
        failure = Failure(
            code: json["code"]?.stringValue ?? "", reason: json["reason"]?.stringValue ?? "",
            tried: json["tried"]?.stringValue, fix: json["fix"]?.stringValue)
    }
}

extension BackendPriority {
    /// The priorities as a JSON object.
    fileprivate var json: JSONValue {
        .object(JSONObject(Precision.allCases.map { ($0.rawValue, .int(self[$0])) }))
    }

    /// Parses ``json``. Missing numbers are 0.
    fileprivate init(_ json: JSONValue?) {
        func number(_ precision: Precision) -> Int { json?[precision.rawValue]?.intValue ?? 0 }
        self.init(float32: number(.float32), bfloat16: number(.bfloat16), int8: number(.int8))
    }
}

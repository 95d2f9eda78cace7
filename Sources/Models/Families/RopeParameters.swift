import BertCore
import BertJSON

/// The parameters of rotary position embeddings in the format of transformers 5: `{"rope_theta": 10000, "rope_type":
/// "default"}`.
struct RopeParameters: Sendable, Hashable {
    var theta: Double

    init(theta: Double) { self.theta = theta }

    /// Reads the parameters.
    ///
    /// - Throws: ``BertError`` with code `unsupported` for a `rope_type` other than `default`.
    init(_ node: JSONNode, defaultTheta: Double) throws {
        if let type = node["rope_type"] ?? node["type"], try type.string() != "default" {
            throw BertError(
                .unsupported, "this type of rotary embedding is not supported; only \"default\" is supported",
                file: node.source, key: "\(node.path).rope_type", value: .string(try type.string()))
        }
        theta = try node["rope_theta"]?.double() ?? defaultTheta
    }

    var json: JSONValue {
        var object = JSONObject()
        object.set("rope_theta", theta)
        object["rope_type"] = .string("default")
        return .object(object)
    }
}

extension ConfigurationKey {
    /// Returns a key for a setting of which only some values are supported. The first one is the default.
    ///
    /// Reading another value throws ``BertError`` with code `unsupported`.
    static func only(_ name: String, _ supported: JSONValue...) -> Self { only(name, supported, written: nil) }

    /// Returns a key for a setting of which only one value is supported. It is always written.
    static func constant(_ name: String, _ value: JSONValue) -> Self { only(name, [value], written: value) }

    private static func only(_ name: String, _ supported: [JSONValue], written: JSONValue?) -> Self {
        Self(name) { _, node in
            guard supported.contains(node.value) else {
                throw BertError(
                    .unsupported,
                    "this setting is not supported; supported are: \(supported.map { "\($0)" }.joined(separator: ", "))",
                    file: node.source, key: name, value: .string("\(node.value)"))
            }
        } write: {
            if let written { $1[name] = written }
        }
    }
}

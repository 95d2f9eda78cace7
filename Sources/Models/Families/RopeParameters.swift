import BertCore
import BertJSON

/// The parameters of rotary position embeddings in the format of transformers 5: `{"rope_theta": 10000, "rope_type":
/// "default"}`.
struct RopeParameters: Sendable, Hashable {
    var theta: Double

    init(theta: Double) { self.theta = theta }

    /// Reads the parameters.
    ///
    /// - Throws: ``BertError`` with code `unsupported` for a `rope_type` other than `default`, or heads that are only
    ///   partly rotated.
    init(_ node: JSONNode, defaultTheta: Double) throws {
        if let type = node["rope_type"] ?? node["type"], try type.string() != "default" {
            throw BertError(
                .unsupported, "this type of rotary embedding is not supported; only \"default\" is supported",
                file: node.source, key: "\(node.path).rope_type", value: .string(try type.string()))
        }
        if let share = node["partial_rotary_factor"], try share.double() != 1 {
            throw BertError(
                .unsupported, "heads that are only partly rotated are not supported", file: node.source,
                key: share.path, value: .double(try share.double()))
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

extension ConfigurationCheck {
    /// Checks that rotary embeddings can rotate the features of a head in pairs, and that heads have the usual size.
    func expectRotaryHeads() throws {
        let size = config.headSize
        try self(
            size.isMultiple(of: 2), "num_attention_heads",
            "the head size must be even for rotary embeddings, not \(size)",
            value: .int(size))
        if let given = config.raw["head_dim"]?.intValue {
            try self(
                given == size, "head_dim",
                "must be hidden_size / \(config.fileKey("num_attention_heads")), \(size); other sizes are not supported",
                value: .int(given), limit: .int(size))
        }
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
                    """
                    \(node.value) is not supported; \(supported.count == 1 ? "must be" : "must be one of") \
                    \(supported.map { "\($0)" }.joined(separator: ", "))
                    """,
                    file: node.source, key: name, value: .string("\(node.value)"))
            }
        } write: {
            if let written { $1[name] = written }
        }
    }
}

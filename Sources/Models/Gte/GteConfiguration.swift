import BertCore
import BertJSON

/// The keys of `config.json` that are specific to GTE: those of repositories on the hub (`model_type` new) and of
/// transformers 5 (gte).
struct GteConfiguration: FamilyConfiguration {
    /// The layouts of parameter names in checkpoints.
    enum Layout: Sendable {
        /// Repositories on the hub with fused queries, keys and values: `encoder.layer.0.attention.qkv_proj`.
        case hub
        /// Repositories on the hub with separate matrices (`pack_qkv` false): `encoder.layer.0.attention.q_proj`.
        case hubSeparate
        /// transformers 5: `layers.0.self_attn.q_proj`.
        case transformers
    }

    /// `rope_scaling` of type `ntk`.
    struct Scaling: Sendable {
        var factor: Double
        var mixed: Double?
    }

    /// The layout of the checkpoint.
    var layout = Layout.transformers
    /// Whether the trunk of a model with a head has the hub's prefix, `new`. transformers 5 saves the hub's layout with
    /// its own prefix.
    var hasHubPrefix = false
    /// The base of the rotary frequencies if the file specifies none.
    var defaultTheta = 160_000.0
    /// `rope_parameters` of transformers 5.
    var rope: RopeParameters?
    /// `rope_theta` of hub repositories.
    var ropeTheta: Double?
    /// `rope_scaling` of hub repositories.
    var scaling: Scaling?

    /// The base of the rotary frequencies.
    var theta: Double { rope?.theta ?? ropeTheta ?? defaultTheta }

    /// The name of the normalization in the language modeling head.
    var languageModelNorm: NormDesign { layout == .transformers ? "lm_head.layer_norm" : "lm_head.norm" }

    static let keys: [ConfigurationKey<Self>] = [
        ConfigurationKey("rope_parameters") {
            $0.rope = $1.isNull ? nil : try RopeParameters($1, defaultTheta: 160_000)
        } write: { own, object in
            if let rope = own.rope { object["rope_parameters"] = rope.json }
        },
        ConfigurationKey("rope_theta") {
            $0.ropeTheta = $1.isNull ? nil : try $1.double()
        } write: {
            if let theta = $0.ropeTheta { $1.set("rope_theta", theta) }
        } check: { own, check in
            try check(
                own.ropeTheta == nil || own.rope == nil || own.ropeTheta == own.rope?.theta, "rope_theta",
                "contradicts rope_parameters, whose rope_theta is \(own.theta); correct one of the two",
                value: own.ropeTheta.map { .double($0) })
            try check(
                own.theta > 0, own.rope == nil ? "rope_theta" : "rope_parameters.rope_theta", "must be positive",
                value: .double(own.theta))
        },
        ConfigurationKey("rope_scaling") { own, node in
            own.scaling = node.isNull ? nil : try Scaling(node)
        } write: { own, object in
            guard let scaling = own.scaling else { return }
            var json = JSONObject()
            json["type"] = .string("ntk")
            json.set("factor", scaling.factor)
            if let mixed = scaling.mixed { json.set("mixed_b", mixed) }
            object["rope_scaling"] = .object(json)
        } check: { own, check in
            try check(
                (own.scaling?.factor ?? 1) > 0, "rope_scaling.factor", "must be positive",
                value: own.scaling.map { .double($0.factor) })
            try check(
                own.scaling == nil || own.rope == nil, "rope_scaling",
                "contradicts rope_parameters, which has no scaling; remove one of the two")
        },
        .only("layer_norm_type", "layer_norm"), .only("logn_attention_scale", false),
        .only("position_embedding_type", "rope"), .only("partial_rotary_factor", 1.0, 1, .null),
    ]
}

extension GteConfiguration.Scaling {
    fileprivate init(_ node: JSONNode) throws {
        let type = try node["type"]?.string() ?? node["rope_type"]?.string() ?? ""
        guard type == "ntk" else {
            throw BertError(
                .unsupported, "this scaling of rotary embeddings is not supported; only \"ntk\" is supported",
                file: node.source, key: "rope_scaling.type", value: .string(type))
        }
        factor = try node.required("factor").double()
        mixed = try node["mixed_b"]?.double()
    }
}

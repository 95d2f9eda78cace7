import BertCore
import BertJSON

/// The keys of `config.json` that are specific to ModernBERT, in the formats of transformers 4 and 5.
struct ModernBertConfiguration: FamilyConfiguration {
    /// The pooling of a sequence classifier.
    enum Pooling: String, Sendable, CaseIterable {
        case cls
        case mean
    }
    /// The kind of attention in a layer.
    enum LayerType: String, Sendable, CaseIterable {
        /// Global attention.
        case full = "full_attention"
        /// Sliding-window attention.
        case sliding = "sliding_attention"
    }

    var normBias = false
    var attentionBias = false
    var feedForwardBias = false
    var decoderBias = true
    var classifierBias = false
    var classifierActivation = HiddenActivation.gelu
    var pooling = Pooling.cls
    /// The interval of layers with global attention, starting with the first one; transformers 4. nil for the default
    /// or ``layerTypes``.
    var globalEvery: Int?
    /// The width of the window in local layers, in tokens; half of it on either side.
    var localAttention = 128
    /// The base of the rotary frequencies in global layers; transformers 4.
    var globalTheta: Double?
    /// The base of the rotary frequencies in local layers; `null` means that of the global layers. transformers 4.
    var localTheta: Double?
    /// Whether `local_rope_theta` is `null`.
    var isLocalThetaNull = false
    /// The kind of each layer; transformers 5.
    var layerTypes: [LayerType]?
    /// The `rope_parameters` for each kind of layer; transformers 5.
    var rope: [LayerType: RopeParameters] = [:]

    /// Returns the kind of a layer, starting at 0.
    func type(ofLayer layer: Int) -> LayerType {
        layerTypes?[layer] ?? Self.type(ofLayer: layer, every: globalEvery ?? 3)
    }

    /// Returns the kind of a layer if every n-th one has global attention.
    static func type(ofLayer layer: Int, every count: Int) -> LayerType {
        layer.isMultiple(of: count) ? .full : .sliding
    }

    /// Returns the base of the rotary frequencies for a kind of layer.
    func theta(_ type: LayerType) -> Double {
        let global = rope[.full]?.theta ?? globalTheta ?? 160_000
        return switch type {
        case .full: global
        case .sliding: rope[.sliding]?.theta ?? (isLocalThetaNull ? global : localTheta ?? 10_000)
        }
    }

    static let keys: [ConfigurationKey<Self>] = [
        .bool("norm_bias", \.normBias), .bool("attention_bias", \.attentionBias), .bool("mlp_bias", \.feedForwardBias),
        .bool("decoder_bias", \.decoderBias), .bool("classifier_bias", \.classifierBias),
        .activation("classifier_activation", \.classifierActivation), .choice("classifier_pooling", \.pooling),
        .int("local_attention", \.localAttention, 1...1_000_000),
        ConfigurationKey("global_attn_every_n_layers") {
            $0.globalEvery = try $1.int()
        } write: {
            if $0.layerTypes == nil { $1["global_attn_every_n_layers"] = .int($0.globalEvery ?? 3) }
        } check: {
            try $1.expect("global_attn_every_n_layers", $0.globalEvery ?? 3, 1...10_000)
        },
        ConfigurationKey("layer_types") {
            $0.layerTypes = $1.isNull ? nil : try $1.elements().map { try $0.choice() }
        } write: { own, object in
            if let types = own.layerTypes { object["layer_types"] = .array(types.map { .string($0.rawValue) }) }
        },
        ConfigurationKey("rope_parameters") { own, node in
            guard !node.isNull else { return }
            let keys = try node.object().keys
            guard !keys.isEmpty, keys.allSatisfy({ LayerType(rawValue: $0) != nil }) else {
                throw node.mismatch("rope_theta and rope_type for each of \"full_attention\" and \"sliding_attention\"")
            }
            for (type, theta) in [(LayerType.full, 160_000.0), (.sliding, 10_000)] {
                own.rope[type] = try node[type.rawValue].map { try RopeParameters($0, defaultTheta: theta) }
            }
        } write: { own, object in
            guard !own.rope.isEmpty else { return }
            var json = JSONObject()
            for type in LayerType.allCases { if let rope = own.rope[type] { json[type.rawValue] = rope.json } }
            object["rope_parameters"] = .object(json)
        },
        ConfigurationKey("rope_scaling") { _, node in
            if !node.isNull { _ = try RopeParameters(node, defaultTheta: 160_000) }
        } write: { _, _ in
        },
        theta("global_rope_theta", .full) {
            $0.globalTheta = $1
        } get: {
            $0.globalTheta
        },
        theta("local_rope_theta", .sliding) {
            $0.localTheta = $1
            $0.isLocalThetaNull = $1 == nil
        } get: {
            $0.localTheta
        },
    ]

    private static func theta(
        _ name: String, _ type: LayerType, set: @escaping @Sendable (inout Self, Double?) -> Void,
        get: @escaping @Sendable (Self) -> Double?
    ) -> ConfigurationKey<Self> {
        ConfigurationKey(name) {
            set(&$0, $1.isNull ? nil : try $1.double())
        } write: { own, object in
            if type == .sliding, own.isLocalThetaNull {
                object[name] = .null
            } else if let theta = get(own) {
                object.set(name, theta)
            } else if own.rope.isEmpty {
                object.set(name, own.theta(type))
            }
        } check: { own, check in
            let isNull = type == .sliding && own.isLocalThetaNull
            if let rope = own.rope[type], let theta = get(own) ?? (isNull ? own.theta(.full) : nil) {
                try check(
                    theta == rope.theta, name,
                    "contradicts rope_parameters.\(type.rawValue), whose rope_theta is \(rope.theta); correct one of the two",
                    value: .double(theta))
            }
            try check(own.theta(type) > 0, name, "must be positive", value: .double(own.theta(type)))
        }
    }
}

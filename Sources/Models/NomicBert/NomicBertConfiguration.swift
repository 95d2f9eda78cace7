import BertCore
import BertJSON

/// The keys of `config.json` that are specific to NomicBERT: those of hub repositories, which use GPT-2's names, and of
/// transformers 5.
struct NomicBertConfiguration: FamilyConfiguration {
    /// The layouts of parameter names in checkpoints.
    enum Layout: Sendable {
        /// Repositories on the hub: `encoder.layers.0.attn.Wqkv`.
        case hub
        /// transformers 5: `layers.0.self_attn.q_proj`.
        case transformers
    }

    /// The layout of the checkpoint.
    var layout = Layout.transformers
    /// Whether the trunk of a model with a head has the hub's prefix, `bert`. transformers 5 saves the hub's layout
    /// with its own prefix and its own language modeling head.
    var hasHubPrefix = false
    /// Whether the language modeling head has biases regardless of ``innerBias``, as in transformers 5.
    var hasHeadBias = true
    /// `rope_parameters` of transformers 5.
    var rope: RopeParameters?
    /// `rotary_emb_base` of hub repositories.
    var rotaryBase: Double?
    /// `rope_theta` outside of `rope_parameters`.
    var ropeTheta: Double?
    /// `rotary_scaling_factor`: the factor of dynamic scaling; nil for none.
    var scalingFactor: Double?
    /// `max_trained_positions`: the length up to which sequences aren't scaled.
    var trainedPositions = 2048
    /// `pad_vocab_size_multiple`: the number that the size of the vocabulary is rounded up to a multiple of (hub
    /// layout).
    var vocabularyMultiple = 1
    /// The normalization in the language modeling head.
    var languageModelNorm: NormDesign = "cls.predictions.transform.layer_norm"
    /// Whether queries, keys, values and the attention output have biases (hub layout).
    var attentionBias = false
    /// Whether the first linear layers of the feed-forward blocks and the language modeling head have biases (hub
    /// layout).
    var innerBias = false
    /// Whether the second linear layer of the feed-forward block has a bias (hub layout).
    var outputBias = false

    /// The base of the rotary frequencies.
    var theta: Double { rope?.theta ?? ropeTheta ?? rotaryBase ?? 1000 }

    static let keys: [ConfigurationKey<Self>] = [
        ConfigurationKey("rope_parameters") {
            $0.rope = $1.isNull ? nil : try RopeParameters($1, defaultTheta: 1000)
        } write: {
            if let rope = $0.rope ?? ($0.rotaryBase ?? $0.ropeTheta == nil ? RopeParameters(theta: 1000) : nil) {
                $1["rope_parameters"] = rope.json
            }
        },
        ConfigurationKey("rotary_emb_base") {
            $0.rotaryBase = $1.isNull ? nil : try $1.double()
        } write: {
            if let base = $0.rotaryBase { $1.set("rotary_emb_base", base) }
        } check: { own, check in
            let key =
                own.rope != nil ? "rope_parameters.rope_theta" : own.ropeTheta != nil ? "rope_theta" : "rotary_emb_base"
            try check(own.theta > 0, key, "must be positive", value: .double(own.theta))
            try check(
                own.rotaryBase ?? own.theta == own.theta, "rotary_emb_base",
                "contradicts \(key), which is \(own.theta); correct one of the two",
                value: .double(own.rotaryBase ?? own.theta))
        },
        ConfigurationKey("rope_theta") {
            $0.ropeTheta = $1.isNull ? nil : try $1.double()
        } write: {
            if let theta = $0.ropeTheta { $1.set("rope_theta", theta) }
        } check: { own, check in
            try check(
                own.ropeTheta ?? own.theta == own.theta, "rope_theta",
                "contradicts rope_parameters, whose rope_theta is \(own.theta); correct one of the two",
                value: .double(own.ropeTheta ?? own.theta))
        },
        ConfigurationKey("rotary_scaling_factor") {
            // As in Python, 0 means no scaling.
            let factor = $1.isNull ? 0 : try $1.double()
            $0.scalingFactor = factor == 0 ? nil : factor
        } write: {
            if let factor = $0.scalingFactor { $1.set("rotary_scaling_factor", factor) }
        } check: { own, check in
            try check(
                (own.scalingFactor ?? 1) > 0, "rotary_scaling_factor", "must be positive",
                value: own.scalingFactor.map { .double($0) })
        },
        ConfigurationKey("max_trained_positions") {
            $0.trainedPositions = try $1.int()
        } write: {
            if $0.scalingFactor != nil { $1["max_trained_positions"] = .int($0.trainedPositions) }
        } check: {
            try $1.expect("max_trained_positions", $0.trainedPositions, 1...1 << 24)
        },
        ConfigurationKey("pad_vocab_size_multiple") {
            $0.vocabularyMultiple = try $1.int()
        } write: {
            if $0.layout == .hub { $1["pad_vocab_size_multiple"] = .int($0.vocabularyMultiple) }
        } check: {
            try $1.expect("pad_vocab_size_multiple", $0.vocabularyMultiple, 1...1 << 20)
        },
        .flag("qkv_proj_bias", \.attentionBias), .flag("mlp_fc1_bias", \.innerBias),
        .flag("mlp_fc2_bias", \.outputBias),
        .only("prenorm", false), .only("use_rms_norm", false, .null), .only("causal", false),
        .only("rotary_emb_fraction", 1.0, 1), .only("rotary_emb_interleaved", false),
        .only("rotary_emb_scale_base", .null),
        .only("moe_every_n_layers", 0, .null), .only("num_experts", 0, 1, .null),
        .only("parallel_block", false), .only("activation_function", "swiglu"), .only("norm_mlp", false, .null),
        .only("rotary_head_dim", false, .null), .only("partial_rotary_factor", 1.0, 1, .null),
    ]
}

extension NomicBertConfiguration {
    /// Checks values that depend on each other.
    @Sendable static func check(_ config: BertConfig, _ check: ConfigurationCheck) throws {
        let own = config[NomicBertConfiguration.self]
        try check.expectRotaryHeads()
        for (key, other) in [
            ("hidden_size", "n_embd"), ("num_hidden_layers", "n_layer"), ("num_attention_heads", "n_head"),
            ("layer_norm_eps", "layer_norm_epsilon"),
        ] {
            guard let value = config.raw[key], let second = config.raw[other], value != .null, second != .null else {
                continue
            }
            try check(
                value.doubleValue == second.doubleValue, key,
                "is \(value), but \(other) is \(second); correct one of the two", value: .string("\(value)"))
        }
        if let heads = config.raw["num_heads_kv"]?.intValue {
            try check(
                heads == config.numAttentionHeads, "num_heads_kv",
                "grouped-query attention is not supported; must be \(config.numAttentionHeads)",
                value: .int(heads), limit: .int(config.numAttentionHeads))
        }
        try check(
            config.raw["activation_function"] == nil || config.hiddenAct.function == .silu, "hidden_act",
            "is \"\(config.hiddenAct.name)\", but activation_function is \"swiglu\", which uses \"silu\"",
            value: .string(config.hiddenAct.name))
        try check(
            own.scalingFactor == nil || config.headSize > 2, "rotary_scaling_factor",
            "requires a head size greater than 2", value: .int(config.headSize), limit: 4)
    }
}

extension ConfigurationKey where Configuration == NomicBertConfiguration {
    /// Returns a key for a Boolean that is written only in the hub layout.
    fileprivate static func flag(_ name: String, _ path: any WritableKeyPath<Configuration, Bool> & Sendable) -> Self {
        Self(name) {
            $0[keyPath: path] = try $1.bool()
        } write: {
            if $0.layout == .hub { $1[name] = .bool($0[keyPath: path]) }
        }
    }
}

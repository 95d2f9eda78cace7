import Bert
import BertCheckpoints
import BertJSON
import TestSupport
import Testing

/// Tests settings of a `config.json` that no model can have, that contradict each other, or that aren't supported: none
/// may be approximated by another one.
struct BadConfigurationTests {
    /// Changes to the configuration of a fixture, and the error that they must cause.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let folder: String
        let changes: JSONObject
        let code: BertError.Code
        let key: String
        let value: BertError.Value?

        init(
            _ folder: String, _ changes: JSONObject, _ key: String, _ value: BertError.Value?,
            _ code: BertError.Code = .invalidConfiguration
        ) {
            self.folder = folder
            self.changes = changes
            self.code = code
            self.key = key
            self.value = value
        }

        var testDescription: String { "\(folder): \(JSONValue.object(changes))" }
    }

    private static let scaled: JSONObject = ["rope_theta": 1000, "rope_type": "linear", "factor": 2]
    private static let partial: JSONObject = ["rope_theta": 1000, "partial_rotary_factor": 0.5]

    static let modernBert: [Mistake] = [
        Mistake("modernbert-base", ["local_attention": 0], "local_attention", 0),
        Mistake("modernbert-base", ["local_attention": -2], "local_attention", -2),
        Mistake("modernbert-base", ["global_attn_every_n_layers": 0], "global_attn_every_n_layers", 0),
        Mistake(
            "modernbert-base", ["num_hidden_layers": 2, "layer_types": ["full_attention", "chunked_attention"]],
            "layer_types[1]", nil),
        Mistake("modernbert-base", ["layer_types": ["full_attention"]], "layer_types", 1),
        Mistake("modernbert-v5-config", ["global_attn_every_n_layers": 2], "layer_types", 2),
        Mistake("modernbert-v5-config", ["global_rope_theta": 77], "global_rope_theta", 77.0),
        Mistake("modernbert-v5-config", ["local_rope_theta": 77], "local_rope_theta", 77.0),
        // null is the theta of the global layers.
        Mistake("modernbert-v5-config", ["local_rope_theta": nil], "local_rope_theta", 8000.0),
        Mistake("modernbert-base", ["global_rope_theta": 0], "global_rope_theta", 0.0),
        Mistake("modernbert-base", ["local_rope_theta": -5], "local_rope_theta", -5.0),
        Mistake(
            "modernbert-base", ["rope_parameters": ["rope_theta": 1000, "rope_type": "default"]], "rope_parameters", nil
        ),
        Mistake(
            "modernbert-base", ["rope_parameters": ["full_attention": .object(scaled)]],
            "rope_parameters.full_attention.rope_type", "linear", .unsupported),
        Mistake(
            "modernbert-base", ["rope_parameters": ["sliding_attention": .object(partial)]],
            "rope_parameters.sliding_attention.partial_rotary_factor", 0.5, .unsupported),
        Mistake("modernbert-v5-config", ["rope_parameters": ["chunked": ["rope_theta": 1]]], "rope_parameters", nil),
        Mistake(
            "modernbert-base", ["rope_scaling": .object(scaled)], "rope_scaling.rope_type", "linear", .unsupported),
        Mistake("modernbert-base", ["num_attention_heads": 32], "num_attention_heads", 1),
        Mistake("modernbert-base", ["hidden_size": 33], "hidden_size", 33),
        Mistake("modernbert-base", ["head_dim": 16], "head_dim", 16),
        Mistake("modernbert-base", ["hidden_activation": "geglu"], "hidden_activation", "geglu"),
        Mistake("modernbert-base", ["classifier_activation": "glu"], "classifier_activation", "glu"),
        Mistake("modernbert-base", ["classifier_pooling": "max"], "classifier_pooling", "max"),
    ]

    static let nomicBert: [Mistake] =
        [
            ("prenorm", true), ("use_rms_norm", true), ("causal", true), ("rotary_emb_fraction", 0.5),
            ("rotary_emb_interleaved", true), ("rotary_emb_scale_base", 512), ("moe_every_n_layers", 2),
            ("num_experts", 8),
            ("parallel_block", true), ("activation_function", "gelu"), ("activation_function", "geglu"),
            ("norm_mlp", true),
            ("rotary_head_dim", true), ("partial_rotary_factor", 0.5),
        ].map { (key: String, value: JSONValue) in
            Mistake("nomic-hub", [key: value], key, .string("\(value)"), .unsupported)
        } + [
            Mistake("nomic-hub", ["num_heads_kv": 1], "num_heads_kv", 1),
            Mistake("nomic-hub", ["rotary_scaling_factor": -2], "rotary_scaling_factor", -2.0),
            Mistake(
                "nomic-hub", ["rotary_scaling_factor": 2, "n_head": 12, "num_attention_heads": 12, "head_dim": nil],
                "rotary_scaling_factor", 2),
            Mistake("nomic-hub", ["max_trained_positions": 0], "max_trained_positions", 0),
            Mistake("nomic-hub", ["pad_vocab_size_multiple": 0], "pad_vocab_size_multiple", 0),
            Mistake("nomic-hub", ["rotary_emb_base": 500], "rotary_emb_base", 500.0),
            Mistake("nomic-hub-old-config", ["rotary_emb_base": 0], "rotary_emb_base", 0.0),
            Mistake("nomic-base", ["rope_theta": 77], "rope_theta", 77.0),
            Mistake("nomic-base", ["rope_parameters": ["rope_theta": -1]], "rope_parameters.rope_theta", -1.0),
            Mistake(
                "nomic-base", ["rope_parameters": .object(scaled)], "rope_parameters.rope_type", "linear", .unsupported),
            Mistake(
                "nomic-base", ["rope_parameters": .object(partial)], "rope_parameters.partial_rotary_factor", 0.5,
                .unsupported),
            Mistake("nomic-hub", ["n_head": 6], "num_attention_heads", "3"),
            Mistake("nomic-hub", ["n_embd": 12], "hidden_size", "24"),
            Mistake("nomic-hub", ["n_layer": 2], "num_hidden_layers", "3"),
            Mistake("nomic-hub", ["hidden_act": "gelu"], "hidden_act", "gelu"),
            Mistake("nomic-base", ["hidden_act": "swiglu"], "hidden_act", "swiglu"),
            Mistake("nomic-base", ["head_dim": 4], "head_dim", 4),
            Mistake("nomic-base", ["num_attention_heads": 24], "num_attention_heads", 1),
        ]

    static let gte: [Mistake] = [
        Mistake("gte-base", ["rope_theta": 77], "rope_theta", 77.0),
        Mistake("gte-base", ["rope_parameters": ["rope_theta": 0]], "rope_parameters.rope_theta", 0.0),
        Mistake("gte-base", ["rope_parameters": .object(scaled)], "rope_parameters.rope_type", "linear", .unsupported),
        Mistake("gte-base", ["partial_rotary_factor": 0.5], "partial_rotary_factor", "0.5", .unsupported),
        Mistake("gte-base", ["num_attention_heads": 32], "num_attention_heads", 1),
        Mistake("gte-hub", ["layer_norm_type": "rms_norm"], "layer_norm_type", "\"rms_norm\"", .unsupported),
        Mistake("gte-hub", ["logn_attention_scale": true], "logn_attention_scale", "true", .unsupported),
        Mistake(
            "gte-hub", ["position_embedding_type": "absolute"], "position_embedding_type", "\"absolute\"", .unsupported),
        Mistake("gte-hub", ["hidden_act": "silu_glu"], "hidden_act", "silu_glu"),
        Mistake(
            "gte-hub-ntk", ["rope_scaling": ["type": "linear", "factor": 2]], "rope_scaling.type", "linear",
            .unsupported),
        Mistake("gte-hub-ntk", ["rope_scaling": ["factor": 2]], "rope_scaling.type", "", .unsupported),
        Mistake("gte-hub-ntk", ["rope_scaling": ["type": "ntk"]], "rope_scaling.factor", nil),
        Mistake("gte-hub-ntk", ["rope_scaling": ["type": "ntk", "factor": 0]], "rope_scaling.factor", 0.0),
        Mistake("gte-hub-ntk", ["rope_theta": nil, "rope_parameters": ["rope_theta": 10_000]], "rope_scaling", nil),
    ]

    static let others: [Mistake] = [
        Mistake("jina-v2-base", ["feed_forward_type": "reglu"], "feed_forward_type", "\"reglu\"", .unsupported),
        Mistake("jina-v2-base", ["feed_forward_type": nil], "feed_forward_type", "null", .unsupported),
        Mistake(
            "jina-v2-base", ["position_embedding_type": "absolute"], "position_embedding_type", "\"absolute\"",
            .unsupported),
        Mistake(
            "bert-base", ["feed_forward_type": "geglu"], "position_embedding_type", "\"absolute\"", .unsupported),
        Mistake("bert-base", ["position_embedding_type": "alibi"], "feed_forward_type", nil),
        Mistake("bert-base", ["position_embedding_type": "rope"], "position_embedding_type", "rope"),
        Mistake(
            "bert-base", ["position_embedding_type": "relative_key"], "position_embedding_type", "relative_key",
            .unsupported),
        Mistake("deberta-v2-base", ["model_type": "deberta"], "model_type", "deberta", .unsupported),
        Mistake("deberta-v2-base", ["pos_att_type": "c2p|p2p"], "pos_att_type", "c2p|p2p"),
        Mistake("deberta-v2-base", ["pos_att_type": ["p2p"]], "pos_att_type[0]", nil),
        Mistake("deberta-v2-base", ["norm_rel_ebd": "batch_norm"], "norm_rel_ebd", "batch_norm"),
        Mistake("deberta-v2-base", ["position_buckets": 1], "position_buckets", 1),
        Mistake("deberta-v2-base", ["position_buckets": 1000], "position_buckets", 1000),
        Mistake("deberta-v2-base", ["attention_head_size": 3], "attention_head_size", "3", .unsupported),
        Mistake("deberta-v2-base", ["pooler_hidden_size": 7], "pooler_hidden_size", 7),
        Mistake("deberta-v2-base", ["pooler_hidden_act": "softmax"], "pooler_hidden_act", "softmax"),
        Mistake("deberta-v2-conv", ["conv_kernel_size": 4], "conv_kernel_size", 4),
        Mistake("deberta-v2-conv", ["conv_groups": 2], "conv_groups", "2", .unsupported),
        Mistake("deberta-v2-conv", ["conv_act": "glu"], "conv_act", "glu"),
        Mistake("mpnet-base", ["relative_attention_num_buckets": 16], "relative_attention_num_buckets", 16),
        Mistake("mpnet-base", ["max_position_embeddings": 2], "max_position_embeddings", 2),
        Mistake("mpnet-base", ["hidden_act": "gelu_10"], "hidden_act", "gelu_10"),
        Mistake("electra-multiple-choice", ["summary_type": "mean"], "summary_type", "mean", .unsupported),
        Mistake("electra-multiple-choice", ["summary_activation": "softmax"], "summary_activation", "softmax"),
        Mistake(
            "electra-base", ["position_embedding_type": "relative_key_query"], "position_embedding_type",
            "relative_key_query", .unsupported),
    ]

    private func changed(_ folder: String, _ changes: JSONObject) throws -> (json: JSONValue, className: String) {
        let files = try ModelFiles(folder: Fixtures.path("models/\(folder)"))
        let cases = try JSONValue(parsing: files.read("cases.json"), source: folder)
        var object = try #require(JSONValue(parsing: files.read("config.json"), source: folder).objectValue)
        for (key, value) in changes { object[key] = value }
        return (.object(object), try JSONNode(cases).required("arch").string())
    }

    private func parameters(_ config: (json: JSONValue, className: String)) throws -> [ParameterSpec] {
        let model = try ModelCatalogue.shared.entry(config.className).modelType
        return try model.parameterSpecs(BertConfig(config.json, source: "m/config.json"))
    }

    @Test(arguments: modernBert + nomicBert + gte + others)
    func `a setting that isn't possible or supported is an error with its key and value`(mistake: Mistake) throws {
        let config = try changed(mistake.folder, mistake.changes)
        let error = #expect(throws: BertError.self) { try parameters(config) }
        #expect(error?.code == mistake.code)
        #expect(error?.file?.hasSuffix("config.json") == true)
        #expect(error?.key == mistake.key)
        #expect(error?.value == mistake.value, "\(error?.description ?? "")")
    }

    @Test(
        arguments: [
            ("modernbert-base", ["reference_compile": true, "sparse_prediction": true, "rope_scaling": nil]),
            ("modernbert-v5-config", ["global_attn_every_n_layers": 3, "global_rope_theta": 8000]),
            ("nomic-hub", ["use_flash_attn": false, "num_heads_kv": 3, "rotary_scaling_factor": 0]),
            ("gte-hub", ["logn_attention_clip1": true, "unpad_inputs": true, "use_memory_efficient_attention": true]),
            ("bert-base", ["feed_forward_type": "original"]),
            ("deberta-v2-base", ["norm_rel_ebd": " Layer_Norm ", "pos_att_type": "P2C| c2p|c2p"]),
            ("electra-base", ["summary_type": "mean"]),
        ] as [(String, JSONObject)])
    func `a setting that doesn't matter, or says the same in other words, changes nothing`(
        folder: String, changes: JSONObject
    ) throws {
        let config = try changed(folder, changes)
        let before = try parameters(changed(folder, [:]))
        #expect(try parameters(config).map(\.name) == before.map(\.name))
        let files = try ModelFiles(folder: Fixtures.path("models/\(folder)"))
        let model = try ModelCatalogue.shared.entry(config.className).modelType
        func output(_ config: BertConfig) throws -> [[Float]] {
            let ids = NamedTensor("input_ids", integers: [7, 8, 9, 10, 11, 12, 13, 14], shape: [1, 8])
            return try model.fromPretrained(config, Checkpoint(files), on: BackendRegistry.shared.backend("reference"))
                .namedOutputs(ForwardRequest([ids]))
                .map { if case .floats(let values) = $0.values { values } else { [] } }
        }
        #expect(try output(BertConfig(config.json)) == output(BertConfig(files)))
    }

    @Test(arguments: [
        "bert-base", "mpnet-base", "electra-base", "modernbert-base", "nomic-hub", "nomic-base", "gte-base", "gte-hub",
        "jina-v2-base", "deberta-v2-absolute",
    ])
    func `more tokens than positions, and positions beyond the table, are errors`(folder: String) throws {
        let files = try ModelFiles(folder: Fixtures.path("models/\(folder)"))
        let config = try BertConfig(files)
        let name = try ModelCatalogue.shared.className(for: config)
        let model = try ModelCatalogue.shared.entry(name).modelType
            .fromPretrained(config, Checkpoint(files), on: BackendRegistry.shared.backend("reference"))
        func run(_ length: Int, positions: [Int64]? = nil) throws {
            var inputs = [
                NamedTensor("input_ids", integers: [Int64](repeating: 7, count: length), shape: [1, length])
            ]
            if let positions { inputs.append(NamedTensor("position_ids", integers: positions, shape: [1, length])) }
            _ = try model.namedOutputs(ForwardRequest(inputs))
        }
        let count = config.maximumTokens
        try run(count)
        let tooLong = #expect(throws: BertError.self) { try run(count + 1) }
        #expect(tooLong?.code == .invalidInput)
        for position in [-1, Int64(config.maxPositionEmbeddings)] {
            let outside = #expect(throws: BertError.self) { try run(2, positions: [0, position]) }
            #expect(outside?.code == .invalidInput)
        }
    }
}

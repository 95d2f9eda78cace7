import BertCheckpoints
import BertCore
import BertJSON
import BertModels
import TestSupport
import Testing

@Suite struct CheckpointConfigTests {
    @Test func `Each architecture has transformers' defaults`() throws {
        let bert = try BertConfig(["model_type": "bert"])
        #expect((bert.vocabSize, bert.hiddenSize, bert.numHiddenLayers) == (30522, 768, 12))
        #expect((bert.numAttentionHeads, bert.intermediateSize, bert.headSize) == (12, 3072, 64))
        #expect((bert.maxPositionEmbeddings, bert.typeVocabSize, bert.padTokenId) == (512, 2, 0))
        #expect((bert.hiddenDropoutProb, bert.attentionProbsDropoutProb) == (0.1, 0.1))
        #expect((bert.layerNormEps, bert.initializerRange) == (1e-12, 0.02))
        #expect(bert.hiddenAct == .gelu && bert.hiddenAct.function == .gelu)
        #expect(bert.positionEmbeddingType == .absolute && bert.useCache && bert.tieWordEmbeddings)
        #expect(!bert.isDecoder && !bert.addCrossAttention)
        #expect(bert.classifierDropout == nil)
        #expect(bert.labels == ["LABEL_0", "LABEL_1"] && bert.numLabels == 2)
        #expect(bert.label2id == ["LABEL_0": 0, "LABEL_1": 1])
        #expect(bert.problemType == nil && bert.dtype == nil && bert.prunedHeads.isEmpty)

        let roberta = try BertConfig(["model_type": "roberta"])
        #expect((roberta.vocabSize, roberta.padTokenId, roberta.hiddenSize) == (50265, 1, 768))

        let albert = try BertConfig(["model_type": "albert"])
        let own = albert[AlbertConfiguration.self]
        #expect((albert.vocabSize, own.embeddingSize, albert.hiddenSize) == (30000, 128, 4096))
        #expect((albert.numHiddenLayers, own.numHiddenGroups, own.innerGroupNum) == (12, 1, 1))
        #expect(own.classifierDropoutProb == 0.1)
        #expect((albert.numAttentionHeads, albert.intermediateSize) == (64, 16384))
        #expect(albert.hiddenAct == .geluNew && albert.hiddenAct.function == .geluTanh)
        #expect((albert.hiddenDropoutProb, albert.attentionProbsDropoutProb) == (0, 0))
    }

    @Test func `Every value of a file is taken`() throws {
        let text = #"""
            {"model_type": "bert", "architectures": ["DeeBertForSequenceClassification"], "vocab_size": 99,
             "hidden_size": 32, "num_hidden_layers": 5, "num_attention_heads": 4, "intermediate_size": 37,
             "hidden_act": "gelu_pytorch_tanh", "hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0.25,
             "max_position_embeddings": 40, "type_vocab_size": 16, "initializer_range": 1, "layer_norm_eps": 1e-05,
             "pad_token_id": null, "position_embedding_type": "relative_key_query", "use_cache": false,
             "classifier_dropout": 0.5, "is_decoder": true, "add_cross_attention": true, "tie_word_embeddings": false,
             "chunk_size_feed_forward": 2, "pruned_heads": {"1": [0, 3]}, "output_attentions": true,
             "output_hidden_states": true, "id2label": {"1": "neutral", "0": "bad", "2": "good"},
             "label2id": {"bad": 0, "neutral": 1, "good": 2}, "problem_type": "regression", "dtype": null,
             "torch_dtype": "bfloat16", "unknown": [1e400000]}
            """#.replacing("1e400000", with: "-Infinity, 1000000000000000019884624838656")
        let config = try BertConfig(JSONValue(parsing: text, options: .python))
        #expect(config.architectures == ["DeeBertForSequenceClassification"])
        #expect((config.vocabSize, config.hiddenSize, config.numHiddenLayers) == (99, 32, 5))
        #expect((config.numAttentionHeads, config.intermediateSize, config.headSize) == (4, 37, 8))
        #expect(config.hiddenAct.name == "gelu_pytorch_tanh" && config.hiddenAct.function == .geluTanh)
        #expect((config.hiddenDropoutProb, config.attentionProbsDropoutProb) == (0, 0.25))
        #expect((config.maxPositionEmbeddings, config.typeVocabSize) == (40, 16))
        #expect((config.initializerRange, config.layerNormEps) == (1, 1e-5))
        #expect(config.padTokenId == nil && config.positionEmbeddingType == .relativeKeyQuery)
        #expect(!config.useCache && config.isDecoder && config.addCrossAttention && !config.tieWordEmbeddings)
        #expect(config.classifierDropout == 0.5)
        #expect(config.chunkSizeFeedForward == 2 && config.prunedHeads == [1: [0, 3]])
        #expect(config.outputAttentions && config.outputHiddenStates)
        #expect(config.labels == ["bad", "neutral", "good"])
        #expect(config.problemType == .regression && config.dtype == .bfloat16)

        // When serialized, all values are preserved, including unknown and unusual ones.
        #expect(
            config.json["unknown"] == [.double(-.infinity), .number(.bigInteger("1000000000000000019884624838656"))])
        #expect(config.json["initializer_range"] == 1)
        #expect(config.json["dtype"] == .some(.null))
        #expect(config.json["torch_dtype"] == "bfloat16")
        #expect(try config.json == BertConfig(config.json).json)
        let original = try #require(JSONValue(parsing: text, options: .python).objectValue)
        for (key, value) in original { #expect(config.json[key] == value, "\(key)") }
    }

    @Test(arguments: CheckpointTests.models)
    func `A configuration that is written holds every value that was read`(name: String) throws {
        let files = try ModelFiles(folder: Fixtures.path("models/\(name)"))
        let original = try JSONValue(parsing: files.read("config.json"))
        let config = try BertConfig(files)
        for (key, value) in try #require(original.objectValue) { #expect(config.json[key] == value, "\(key)") }
        #expect(try BertConfig(config.json).json == config.json)
    }

    @Test func `A configuration made in code is complete when it is written`() throws {
        var config = BertConfig(.roberta)
        config.setNumLabels(3)
        config.dtype = .float16
        config.architectures = ["RobertaForSequenceClassification"]
        #expect(config.json["id2label"] == ["0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"])
        #expect(config.json["label2id"] == ["LABEL_0": 0, "LABEL_1": 1, "LABEL_2": 2])
        #expect(config.json["dtype"] == "float16")
        #expect(config.json["num_labels"] == nil)
        let again = try BertConfig(config.json)
        #expect(again.numLabels == 3 && again.dtype == .float16 && again.modelType == "roberta")
        #expect(again.architectures == ["RobertaForSequenceClassification"])
        #expect(BertConfig().json["id2label"] == nil)
    }

    @Test(arguments: [
        ("gelu", Activation.gelu), ("gelu_python", .gelu), ("gelu_new", .geluTanh), ("gelu_pytorch_tanh", .geluTanh),
        ("gelu_python_tanh", .geluTanh), ("gelu_fast", .geluTanh), ("gelu_accurate", .geluTanh),
        ("quick_gelu", .quickGelu), ("relu", .relu), ("silu", .silu), ("swish", .silu), ("tanh", .tanh),
        ("sigmoid", .sigmoid),
    ])
    func `Activations are known by transformers' names, and keep them`(name: String, function: Activation) throws {
        let config = try BertConfig(["model_type": "bert", "hidden_act": .string(name)])
        #expect(config.hiddenAct.function == function)
        #expect(config.json["hidden_act"] == .string(name))
    }

    @Test(arguments: [
        ("BertForMaskedLM", ModelFamily.bert), ("DeeBertForSequenceClassification", .bert), ("RobertaModel", .roberta),
        ("DeeRobertaForSequenceClassification", .roberta), ("AlbertForSequenceClassificationWithPabee", .albert),
    ])
    func `Without model_type the class says what it is`(architecture: String, family: ModelFamily) throws {
        #expect(try BertConfig(["architectures": [.string(architecture)]]).family === family)
        #expect(try BertConfig(["architectures": ["Nosuch"]], assuming: family).family === family)
        #expect(try BertConfig([:], assuming: family).family === family)
    }

    @Test func `The number of labels comes from num_labels where there are no names`() throws {
        #expect(try BertConfig(["model_type": "bert", "num_labels": 1]).labels == ["LABEL_0"])
        let both: JSONValue = ["model_type": "bert", "num_labels": 7, "id2label": ["0": "a"]]
        #expect(try BertConfig(both).labels == ["a"])
        #expect(try BertConfig(both).label2id == ["a": 0])
    }

    @Test(arguments: ["float32", "torch.float32"]) func `The type of weights is read from either key`(name: String)
        throws
    {
        #expect(try BertConfig(["model_type": "bert", "dtype": .string(name)]).dtype == .float32)
        #expect(try BertConfig(["model_type": "bert", "torch_dtype": .string(name)]).dtype == .float32)
    }

    /// The registered `model_type`s.
    static let families = ((try? ModelCatalogue().families) ?? []).flatMap(\.modelTypes).reduce(into: [String]()) {
        if !$0.contains($1) { $0.append($1) }
    }.joined(separator: ", ")

    static let mistakes: [(changes: JSONObject, key: String)] = [
        (["hidden_size": "abc"], "hidden_size"),
        (["hidden_size": 768.0], "hidden_size"),
        (["hidden_size": nil], "hidden_size"),
        (["hidden_size": 0], "hidden_size"),
        (["hidden_size": -768], "hidden_size"),
        (["hidden_size": 1_000_000_000_000], "hidden_size"),
        (
            ["hidden_size": .number(.bigInteger("99999999999999999999"))],
            "hidden_size"
        ),
        (["hidden_size": 770], "hidden_size"),
        (["num_attention_heads": 0], "num_attention_heads"),
        (
            ["vocab_size": 1_099_511_627_776],
            "vocab_size"
        ),
        (["num_hidden_layers": 0], "num_hidden_layers"),
        (
            ["num_hidden_layers": .int(.max)],
            "num_hidden_layers"
        ),
        (["intermediate_size": -1], "intermediate_size"),
        (
            ["max_position_embeddings": .int(.min)],
            "max_position_embeddings"
        ),
        (["type_vocab_size": 0], "type_vocab_size"),
        (["hidden_dropout_prob": 1.5], "hidden_dropout_prob"),
        (["hidden_dropout_prob": .double(.nan)], "hidden_dropout_prob"),
        (
            ["attention_probs_dropout_prob": "0"], "attention_probs_dropout_prob"
        ),
        (["classifier_dropout": -0.1], "classifier_dropout"),
        (["layer_norm_eps": -1e-5], "layer_norm_eps"),
        (["layer_norm_eps": .double(.infinity)], "layer_norm_eps"),
        (["pad_token_id": 30522], "pad_token_id"),
        (["pad_token_id": -30523], "pad_token_id"),
        (["model_type": "roberta", "pad_token_id": -1], "pad_token_id"),
        (["use_cache": 2], "use_cache"),
        (["use_cache": "true"], "use_cache"),
        (["hidden_act": nil], "hidden_act"),
        (
            ["hidden_act": "gelu_nw"],
            "hidden_act"
        ),
        (
            ["position_embedding_type": "rotary"],
            "position_embedding_type"
        ),
        (["position_embedding_type": nil], "position_embedding_type"),
        (
            ["problem_type": "ranking"],
            "problem_type"
        ),
        (
            ["dtype": "float8"],
            "dtype"
        ),
        (["torch_dtype": 16], "torch_dtype"),
        (["id2label": ["a": "0"]], "id2label.a"),
        (["id2label": ["0": "a", "00": "b"]], "id2label.00"),
        (["num_labels": -1], "num_labels"),
        (["architectures": 1], "architectures"),
        (["architectures": [1]], "architectures[0]"),
        (["pruned_heads": ["x": []]], "pruned_heads.x"),
        (["pruned_heads": ["12": [0]]], "pruned_heads"),
        (["pruned_heads": ["0": [12]]], "pruned_heads.0"),
        (
            ["model_type": "bret"],
            "model_type"
        ),
        (["model_type": nil], "model_type"),
        (
            ["model_type": "roberta", "pad_token_id": nil],
            "pad_token_id"
        ),
        (
            ["model_type": "roberta", "max_position_embeddings": 2],
            "max_position_embeddings"
        ),
        (
            ["model_type": "albert", "num_hidden_groups": 13],
            "num_hidden_groups"
        ),
        (
            ["model_type": "albert", "embedding_size": 0],
            "embedding_size"
        ),
        (
            ["model_type": "albert", "classifier_dropout_prob": 2],
            "classifier_dropout_prob"
        ),
    ]

    @Test func `Null is false, or the default of a value that only initializes`() throws {
        let config = try BertConfig([
            "model_type": "bert", "use_cache": nil, "output_attentions": nil, "output_hidden_states": nil,
            "is_decoder": nil, "add_cross_attention": nil, "tie_word_embeddings": nil, "initializer_range": nil,
            "architectures": "BertModel",
        ])
        #expect(!config.useCache && !config.outputAttentions && !config.outputHiddenStates)
        #expect(!config.isDecoder && !config.addCrossAttention && !config.tieWordEmbeddings)
        #expect(config.initializerRange == 0.02)
        #expect(config.architectures == ["BertModel"])
        #expect(config.json["architectures"] == ["BertModel"])
    }

    @Test func `0 and 1 are false and true, and negative ids count from the end`() throws {
        let config = try BertConfig([
            "model_type": "bert", "use_cache": 0, "output_attentions": 1, "output_hidden_states": 0, "vocab_size": 8,
            "hidden_size": 12, "pad_token_id": -1,
        ])
        #expect(!config.useCache && config.outputAttentions && !config.outputHiddenStates)
        #expect(config.padTokenId == -1)
        #expect(try BertConfig(config.json).json == config.json)
        let embeddings = try BertModel.parameterSpecs(config)
        #expect(embeddings.first { $0.name.hasSuffix("word_embeddings.weight") }?.initialisation == .normalExceptRow(7))
    }

    @Test func `Labels are read as Python reads them`() throws {
        func config(_ changes: JSONObject) throws -> BertConfig {
            var object: JSONObject = ["model_type": "bert"]
            for (key, value) in changes { object[key] = value }
            return try BertConfig(.object(object))
        }
        #expect(try config(["id2label": ["1": 7, "0": nil, "2": [true]]]).labels == ["null", "7", "[true]"])
        #expect(try config(["id2label": ["0": "a"], "label2id": ["a": "0", "b": "x"]]).label2id == ["a": 0])
        #expect(try config(["label2id": ["a": 3]]).labels == ["LABEL_0", "LABEL_1"])
        #expect(try config(["id2label": ["0": "a"], "num_labels": 4]).numLabels == 1)
        let gaps = try config(["id2label": ["1": "a", "2": "b"]])
        #expect(gaps.numLabels == 2)
        #expect(gaps.json["id2label"] == ["1": "a", "2": "b"])
    }

    @Test(arguments: mistakes.indices) func `A value that no model can have is an error that names it`(index: Int)
        throws
    {
        let (changes, key) = Self.mistakes[index]
        var object: JSONObject = ["model_type": "bert"]
        for (key, value) in changes { object[key] = value }
        let value: BertError.Value? =
            switch object[key] {
            case .string(let text): .string(text)
            case .number(.int(let number)) where key != "classifier_dropout_prob": .int(Int(number))
            default: nil
            }
        expectError(.invalidConfiguration, file: "m/config.json", key: key, value: value) {
            try BertConfig(.object(object), source: "m/config.json")
        }
    }

    @Test func `A configuration that is no object is an error`() {
        expectError(.invalidConfiguration, file: "config.json") { try BertConfig([]) }
    }
}

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
        ("gelu_fast", .geluTanh), ("gelu_accurate", .geluTanh), ("quick_gelu", .quickGelu), ("relu", .relu),
        ("silu", .silu), ("swish", .silu), ("tanh", .tanh), ("sigmoid", .sigmoid),
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

    static let mistakes: [(changes: JSONObject, message: String)] = [
        (["hidden_size": "abc"], "hidden_size: expected an integer, found \"abc\""),
        (["hidden_size": 768.0], "hidden_size: expected an integer, found 768.0"),
        (["hidden_size": nil], "hidden_size: expected an integer, found null"),
        (["hidden_size": 0], "hidden_size: expected an integer from 1 to 1048576, found 0"),
        (["hidden_size": -768], "hidden_size: expected an integer from 1 to 1048576, found -768"),
        (["hidden_size": 1_000_000_000_000], "hidden_size: expected an integer from 1 to 1048576, found 1000000000000"),
        (
            ["hidden_size": .number(.bigInteger("99999999999999999999"))],
            "hidden_size: expected an integer of 64 bits, found 99999999999999999999"
        ),
        (["hidden_size": 770], "hidden_size: 770 is not a multiple of num_attention_heads, 12"),
        (["num_attention_heads": 0], "num_attention_heads: expected an integer from 1 to 1048576, found 0"),
        (
            ["vocab_size": 1_099_511_627_776],
            "vocab_size: expected an integer from 1 to 2147483647, found 1099511627776"
        ),
        (["num_hidden_layers": 0], "num_hidden_layers: expected an integer from 1 to 10000, found 0"),
        (
            ["num_hidden_layers": .int(.max)],
            "num_hidden_layers: expected an integer from 1 to 10000, found 9223372036854775807"
        ),
        (["intermediate_size": -1], "intermediate_size: expected an integer from 1 to 16777216, found -1"),
        (
            ["max_position_embeddings": .int(.min)],
            "max_position_embeddings: expected an integer from 1 to 16777216, found -9223372036854775808"
        ),
        (["type_vocab_size": 0], "type_vocab_size: expected an integer from 1 to 1048576, found 0"),
        (["hidden_dropout_prob": 1.5], "hidden_dropout_prob: expected a probability from 0 to 1, found 1.5"),
        (["hidden_dropout_prob": .double(.nan)], "hidden_dropout_prob: expected a probability from 0 to 1, found nan"),
        (
            ["attention_probs_dropout_prob": "0"], "attention_probs_dropout_prob: expected a number, found \"0\""
        ),
        (["classifier_dropout": -0.1], "classifier_dropout: expected a probability from 0 to 1, found -0.1"),
        (["layer_norm_eps": -1e-5], "layer_norm_eps: expected a finite number of at least 0, found -1e-05"),
        (["layer_norm_eps": .double(.infinity)], "layer_norm_eps: expected a finite number of at least 0, found inf"),
        (["pad_token_id": 30522], "pad_token_id: expected an id below vocab_size (30522), found 30522"),
        (["pad_token_id": -1], "pad_token_id: expected an id below vocab_size (30522), found -1"),
        (["use_cache": 1], "use_cache: expected true or false, found 1"),
        (["hidden_act": nil], "hidden_act: expected a string, found null"),
        (
            ["hidden_act": "gelu_nw"],
            "hidden_act: unknown activation \"gelu_nw\"; did you mean \"gelu_new\"?; known activations are gelu, gelu_python, "
                + "gelu_new, gelu_pytorch_tanh, gelu_fast, gelu_accurate, quick_gelu, relu, silu, swish, tanh, sigmoid"
        ),
        (
            ["position_embedding_type": "rotary"],
            "position_embedding_type: expected \"absolute\", \"relative_key\" or \"relative_key_query\", found \"rotary\""
        ),
        (
            ["problem_type": "ranking"],
            "problem_type: expected \"regression\", \"single_label_classification\" or \"multi_label_classification\", "
                + "found \"ranking\""
        ),
        (
            ["dtype": "float8"],
            "dtype: expected \"float32\", \"float16\", \"bfloat16\" or \"float64\", found \"float8\""
        ),
        (["torch_dtype": 16], "torch_dtype: expected a string, found 16"),
        (["id2label": ["a": "0"]], "id2label.a: expected a number as the label id"),
        (["id2label": ["0": "a", "00": "b"]], "id2label.00: the id 0 appears twice"),
        (["num_labels": -1], "num_labels: expected an integer from 0 to 16777216, found -1"),
        (["architectures": "BertModel"], "architectures: expected an array, found \"BertModel\""),
        (["architectures": [1]], "architectures[0]: expected a string, found 1"),
        (["pruned_heads": ["x": []]], "pruned_heads.x: expected a layer number"),
        (["pruned_heads": ["12": [0]]], "pruned_heads: the layer 12 is out of range; layers are 0 to 11"),
        (["pruned_heads": ["0": [12]]], "pruned_heads.0: the head 12 is out of range; heads are 0 to 11"),
        (
            ["model_type": "bret"],
            "model_type: unknown model family \"bret\"; did you mean bert? known families are \(families); plugins can add others"
        ),
        (["model_type": nil], "model_type: is missing; known values are \(families)"),
        (
            ["model_type": "roberta", "pad_token_id": nil],
            "pad_token_id: is missing, but RoBERTa requires it for position ids"
        ),
        (
            ["model_type": "roberta", "max_position_embeddings": 2],
            "max_position_embeddings: 2 is too small, because RoBERTa counts positions from 2"
        ),
        (
            ["model_type": "albert", "num_hidden_groups": 13],
            "num_hidden_groups: expected an integer from 1 to 12, found 13"
        ),
        (
            ["model_type": "albert", "embedding_size": 0],
            "embedding_size: expected an integer from 1 to 1048576, found 0"
        ),
        (
            ["model_type": "albert", "classifier_dropout_prob": 2],
            "classifier_dropout_prob: expected a number from 0.0 to 1.0, found 2.0"
        ),
    ]

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
        let (changes, text) = Self.mistakes[index]
        var object: JSONObject = ["model_type": "bert"]
        for (key, value) in changes { object[key] = value }
        let error = #expect(throws: BertError.self) { try BertConfig(.object(object), source: "m/config.json") }
        #expect(error?.description == "m/config.json: " + text)
        #expect(error?.code == .invalidConfiguration)
    }

    @Test func `A configuration that is no object is an error`() {
        let error = #expect(throws: BertError.self) { try BertConfig([]) }
        #expect(error?.description == "config.json: expected an object, found an array of 0 values")
    }
}

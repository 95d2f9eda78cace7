import Bert
import BertJSON
import Foundation
import TestSupport
import Testing

/// Tests the settings that sentence-transformers stores beside a network: arguments for the tokenizer and its calls,
/// prompts, and the activation of cross-encoders. That they have these effects was seen in sentence-transformers 5.7.
@Suite struct ModuleSettingsTests {
    private static let texts = ["the movie was great and the ending was good", "a", "They watched the plot"]

    private static func backend() throws -> any ComputeBackend {
        try BackendRegistry.shared.backend("reference", for: "a test")
    }

    /// Returns the files of a fixture, some of them replaced or added.
    private static func files(
        _ fixture: String, below prefix: String = "", _ replaced: [String: JSONValue] = [:]
    ) throws -> ModelFiles {
        let folder = try ModelFiles(folder: Fixtures.path(fixture))
        var files: [String: HostBuffer] = [:]
        for name in folder.names where name != "1_Pooling" && name != "2_Normalize" {
            files[prefix + name] = HostBuffer(try folder.read(name))
        }
        for name in ["1_Pooling/config.json"] where folder.contains(name) {
            files[name] = HostBuffer(try folder.read(name))
        }
        for (name, value) in replaced { files[name] = HostBuffer(value.serializedBytes()) }
        return ModelFiles(name: "m", files: files)
    }

    private static func object(_ name: String, in fixture: String, merging more: [String: JSONValue]) throws
        -> JSONValue
    {
        var object = try #require(
            try JSONValue(parsing: ModelFiles(folder: Fixtures.path(fixture)).read(name)).objectValue)
        for (key, value) in more { object[key] = value }
        return .object(object)
    }

    private static func vectors(_ replaced: [String: JSONValue], prompt: Prompt? = .text("")) throws -> [[Float]] {
        let files = try files("pipelines/sentence-bert", replaced)
        return try SentenceEmbedder(files, on: backend()).embed(
            texts, prompt: prompt, options: TextOptions(truncates: true))
    }

    @Test(
        arguments: [
            ["tokenizer_args": ["model_max_length": 6], "max_seq_length": 12],
            ["processor_kwargs": ["model_max_length": 6]],
            ["processing_kwargs": ["text": ["max_length": 6, "padding": true]], "max_seq_length": 12],
            ["processing_kwargs": ["common": ["max_length": 6], "text": ["max_length": 9]]],
            [
                "max_seq_length": 6, "transformer_task": "feature-extraction", "module_output_name": "token_embeddings",
                "modality_config": ["text": ["method": "forward", "method_output_name": "last_hidden_state"]],
            ],
        ] as [JSONValue])
    func `The length is read from arguments of the tokenizer and of its calls`(settings: JSONValue) throws {
        let expected = try Self.vectors(["sentence_bert_config.json": ["max_seq_length": 6]])
        #expect(try Self.vectors(["sentence_bert_config.json": settings]) == expected)
        #expect(try Self.vectors(["sentence_bert_config.json": ["max_seq_length": 12]]) != expected)
    }

    @Test(arguments: ["1_Pooling/", "./1_Pooling", "./1_Pooling/./"])
    func `A module's path is that of its folder in Python's spellings`(path: String) throws {
        func modules(_ pooling: String) -> JSONValue {
            [
                ["idx": 0, "path": "./", "type": "sentence_transformers.models.Transformer"],
                ["idx": 1, "path": .string(pooling), "type": "sentence_transformers.models.Pooling"],
            ]
        }
        let expected = try Self.vectors(["modules.json": modules("1_Pooling")])
        #expect(try Self.vectors(["modules.json": modules(path)]) == expected)
        for outside in ["/1_Pooling", "../1_Pooling", "1_Pooling/../../x"] {
            expectError(.fileNotReadable) { try Self.vectors(["modules.json": modules(outside)]) }
        }
    }

    @Test func `Arguments replace the settings of tokenizer and configuration`() throws {
        let (name, fixture) = ("sentence_bert_config.json", "pipelines/sentence-bert")
        let left = try Self.vectors([
            name: ["max_seq_length": 6],
            "tokenizer_config.json": Self.object(
                "tokenizer_config.json", in: fixture, merging: ["truncation_side": "left"]),
        ])
        #expect(try Self.vectors([name: ["max_seq_length": 6, "tokenizer_args": ["truncation_side": "left"]]]) == left)
        let relu = try Self.vectors([
            "config.json": Self.object("config.json", in: fixture, merging: ["hidden_act": "relu"])
        ])
        #expect(try Self.vectors([name: ["config_args": ["hidden_act": "relu"]]]) == relu)
        #expect(try Self.vectors([name: ["config_args": [:], "tokenizer_args": [:]]]) != relu)
    }

    @Test(
        arguments: [
            (["transformer_task": "fill-mask"], "transformer_task"),
            (["module_output_name": "sentence_embedding"], "module_output_name"),
            (
                ["modality_config": ["text": ["method": "forward", "method_output_name": "pooler_output"]]],
                "modality_config.text.method_output_name"
            ),
            (
                ["processing_kwargs": ["text": ["add_special_tokens": false]]],
                "processing_kwargs.text.add_special_tokens"
            ),
            (["processing_kwargs": ["text": ["truncation": false]]], "processing_kwargs.text.truncation"),
        ] as [(JSONValue, String)])
    func `Unsupported settings are named`(settings: JSONValue, key: String) throws {
        let error = #expect(throws: BertError.self) {
            try Self.vectors(["sentence_bert_config.json": settings])
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.key == key)
        #expect(error?.file == "m/sentence_bert_config.json")
    }

    @Test func `Every model has the prompts query and document, empty unless specified`() throws {
        let name = "config_sentence_transformers.json"
        let plain = try Self.vectors([name: [:]])
        for prompt in ["query", "document"] {
            #expect(try Self.vectors([name: [:]], prompt: .named(prompt)) == plain)
            #expect(try Self.vectors([name: ["default_prompt_name": .string(prompt)]], prompt: nil) == plain)
        }
        #expect(throws: BertError.self) { try Self.vectors([name: [:]], prompt: .named("passage")) }
    }

    @Test(arguments: [("query", nil), (nil, true), (nil, false), ("document", nil)] as [(String?, Bool?)])
    func `Sparse vectors of texts without a role take the default route`(route: String?, allowsEmpty: Bool?) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("route-\(UUID().uuidString)")
        try FileManager.default.copyItem(
            atPath: Fixtures.path("sentences/splade-inference-free"), toPath: folder.path)
        defer { try? FileManager.default.removeItem(at: folder) }
        let name = "router_config.json"
        var config = try #require(try JSONValue(parsing: ModelFiles(folder: folder.path).read(name)).objectValue)
        var parameters: JSONObject = ["default_route": route.map(JSONValue.string) ?? .null]
        parameters["allow_empty_key"] = allowsEmpty.map(JSONValue.bool)
        config["parameters"] = .object(parameters)
        try Data(JSONValue.object(config).serializedBytes()).write(to: folder.appendingPathComponent(name))
        let embedder = try SparseEmbedder(folder: folder.path, backend: "reference")
        // Without a default route, it is the first one, if that is allowed.
        let isQuery = route == "query" || allowsEmpty == true
        for prompt in [nil, Prompt.text("")] {
            let vectors: [SparseVector] = try embedder.embed(Self.texts, prompt: prompt)
            #expect(try vectors == embedder.embed(Self.texts, prompt: isQuery ? .query : .document))
        }
    }

    // MARK: Cross-encoders

    private static let classifier = "models/bert-seqcls-regression"

    private static func scores(_ files: ModelFiles, query: String = "the plot") throws -> [Int: Double] {
        let ranks: [RankedText] = try Reranker(files, on: backend()).rerank(
            query, texts, options: TextOptions(truncates: true))
        return Dictionary(uniqueKeysWithValues: ranks.map { ($0.index, $0.score) })
    }

    private static func logits(query: String = "the plot") throws -> [Int: Double] {
        let ranks: [RankedText] = try Reranker(files(classifier), on: backend()).rerank(query, texts, rawScores: true)
        return Dictionary(uniqueKeysWithValues: ranks.map { ($0.index, $0.score) })
    }

    private static func modules(_ path: String, _ settings: JSONValue = [:]) -> [String: JSONValue] {
        [
            "modules.json": [
                [
                    "idx": 0, "name": "0", "path": .string(path),
                    "type": "sentence_transformers.base.modules.transformer.Transformer",
                ]
            ],
            "config_sentence_transformers.json": settings,
        ]
    }

    private static func activated(_ x: Double, by name: String) -> Double? {
        switch name {
        case "Identity": x
        case "Sigmoid": 1 / (1 + exp(-x))
        case "Tanh": tanh(x)
        case "ReLU": max(x, 0)
        case "Softplus": log1p(exp(x))
        default: nil
        }
    }

    @Test(arguments: ["Identity", "Sigmoid", "Tanh", "ReLU", "Softplus"])
    func `Scores have the folder's activation`(name: String) throws {
        let path = JSONValue.string("torch.nn.modules.activation.\(name)")
        let logits = try Self.logits()
        for files in try [
            Self.files(
                Self.classifier,
                [
                    "config.json": Self.object(
                        "config.json", in: Self.classifier,
                        merging: ["sentence_transformers": ["activation_fn": path, "version": "4.1.0"]])
                ]),
            Self.files(
                Self.classifier,
                [
                    "config.json": Self.object(
                        "config.json", in: Self.classifier, merging: ["sbert_ce_default_activation_function": path])
                ]),
            Self.files(Self.classifier, Self.modules("", ["model_type": "CrossEncoder", "activation_fn": path])),
        ] {
            let scores = try Self.scores(files)
            for (index, logit) in logits {
                #expect(try abs(#require(scores[index]) - #require(Self.activated(logit, by: name))) < 1e-9)
            }
        }
    }

    @Test func `A cross-encoder's module may have its own folder, length, case and prompt`() throws {
        let settings: JSONValue = ["prompts": ["x": "the movie "], "default_prompt_name": "x"]
        let files = try Self.files(
            Self.classifier, below: "0_Transformer/", Self.modules("0_Transformer", settings))
        #expect(
            try Self.scores(files, query: "plot") == Self.scores(Self.files(Self.classifier), query: "the movie plot"))
        var replaced = Self.modules("")
        replaced["sentence_bert_config.json"] = [
            "max_seq_length": 7, "transformer_task": "sequence-classification", "module_output_name": "scores",
        ]
        #expect(try Reranker(Self.files(Self.classifier, replaced), on: Self.backend()).maximumLength == 7)
    }

    @Test func `Unsupported activations and modules of a cross-encoder are named`() throws {
        let name = "torch.nn.modules.activation.GELU"
        let error = #expect(throws: BertError.self) {
            try Self.scores(Self.files(Self.classifier, Self.modules("", ["activation_fn": .string(name)])))
        }
        #expect(error?.key == "activation_fn" && error?.value == .string(name))
        var replaced = Self.modules("")
        replaced["modules.json"] = [
            ["path": "", "type": "sentence_transformers.base.modules.transformer.Transformer"],
            ["path": "1_LogitScore", "type": "sentence_transformers.cross_encoder.modules.logit_score.LogitScore"],
        ]
        let other = #expect(throws: BertError.self) { try Self.scores(Self.files(Self.classifier, replaced)) }
        #expect(other?.value == "LogitScore")
        // As in sentence-transformers, a class that isn't of PyTorch leaves the default.
        let untrusted = try Self.files(Self.classifier, Self.modules("", ["activation_fn": "my.module.Act"]))
        #expect(try Self.scores(untrusted) == Self.scores(Self.files(Self.classifier)))
    }
}

import Bert
import BertJSON
import TestSupport
import Testing

/// Tests prompts, dense layers and truncated embeddings.
@Suite struct PromptedEmbeddingTests {
    private func prompt(_ options: JSONValue) -> Prompt? {
        switch options["role"]?.stringValue {
        case "query": .query
        case "document": .document
        default:
            options["prompt"]?.stringValue.map(Prompt.text) ?? options["prompt_name"]?.stringValue.map(Prompt.named)
        }
    }

    /// Returns the files of a model in memory, with some of them replaced.
    private func files(_ model: String, _ replaced: [String: String]) throws -> ModelFiles {
        let folder = try ModelFiles(folder: Fixtures.path("pipelines/\(model)"))
        let names = [
            "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "modules.json",
            "config_sentence_transformers.json", "1_Pooling/config.json", "2_Dense/config.json",
            "2_Dense/model.safetensors", "3_Dense/config.json", "3_Dense/model.safetensors",
        ].filter(folder.contains)
        var files = Dictionary(uniqueKeysWithValues: try names.map { ($0, HostBuffer(try folder.read($0))) })
        for (name, text) in replaced { files[name] = HostBuffer(Array(text.utf8)) }
        return ModelFiles(name: model, files: files)
    }

    private func load(_ model: String, _ replaced: [String: String] = [:]) throws -> SentenceEmbedder {
        try SentenceEmbedder(files(model, replaced), on: BackendRegistry.shared.backend("reference"))
    }

    @Test(arguments: AvailableBackends.names())
    func `vectors are those of sentence-transformers, with prompts, dense layers and cut`(backend: String) throws {
        let json = try EmbeddingFixture.json()
        let texts = try EmbeddingFixture.texts(json)
        let cases = try #require(json["embeddings"]?.arrayValue)
        #expect(cases.count == 21)
        for fixture in cases {
            let options = try #require(fixture["options"])
            let embedder = try SentenceEmbedder(
                folder: Fixtures.path("pipelines/" + #require(fixture["model"]?.stringValue)), backend: .named(backend),
                normalizes: options["normalize_embeddings"] == true ? true : nil,
                dimensions: options["truncate_dim"]?.intValue)
            let got: [[Float]] = try embedder.embed(
                texts, prompt: prompt(options), options: TextOptions(truncates: true, tokenBudget: 30))
            #expect(got.allSatisfy { $0.count == embedder.dimension })
            let problem = try EmbeddingFixture.difference(got, EmbeddingFixture.matrix(fixture["vectors"]))
            #expect(problem == nil, "\(fixture["model"] ?? .null) \(options) on \(backend)")
        }
    }

    @Test func `texts become lower case where the folder says so and the tokenizer does not`() throws {
        let folder = try ModelFiles(folder: Fixtures.path("pipelines/sentence-bert"))
        var cased: [String: String] = [:]
        for (file, key) in [("tokenizer.json", "lowercase"), ("tokenizer_config.json", "do_lower_case")] {
            let text = String(decoding: try folder.read(file), as: UTF8.self)
            cased[file] = text.replacing("\"\(key)\": true", with: "\"\(key)\": false")
            #expect(cased[file] != text)
        }
        let lowers = #"{"max_seq_length": 32, "do_lower_case": true}"#
        let (text, lower) = ("A Great Movie", "a great movie")

        let plain = try load("sentence-bert", cased)
        #expect(try plain.embed([text]) != plain.embed([lower]))
        let lowering = try load("sentence-bert", cased.merging(["sentence_bert_config.json": lowers]) { $1 })
        #expect(lowering.settings.lowercases && lowering.maximumLength == 32)
        #expect(try lowering.embed([text]) == plain.embed([lower]))
        #expect(
            try lowering.embed(["Movie"], prompt: .text("A Great "))
                == plain.embed(["movie"], prompt: .text("a great ")))

        let error = #expect(throws: JSONError.self) {
            try load("sentence-bert", ["sentence_bert_config.json": #"{"do_lower_case": "yes"}"#])
        }
        #expect(error?.code == .typeMismatch && error?.path == "do_lower_case")
    }

    @Test func `settings say what the vectors are`() throws {
        let cut = try load("sentence-dense")
        #expect(cut.dimension == 9)
        #expect(!cut.settings.normalizes)
        let plain = try load("sentence-bert")
        #expect(plain.dimension == 16)
        #expect(plain.settings.normalizes)
        #expect(!plain.settings.includesPrompt)
        #expect(plain.settings.prompts.defaultName == "passage")
    }

    @Test func `the switches of older folders mean the same`() throws {
        let text = ["the movie was great ."]
        let old = try load(
            "sentence-bert",
            [
                "1_Pooling/config.json": """
                {"word_embedding_dimension": 16, "pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true,
                 "include_prompt": false}
                """
            ])
        #expect(try old.embed(text) as [[Float]] == load("sentence-bert").embed(text))
    }

    @Test func `an unknown prompt is an error that lists those there are`() throws {
        expectError(
            .unknownName, value: "question", choices: ["document", "empty", "passage", "query", "short"]
        ) { try load("sentence-bert").embed(["x"], prompt: .named("question")) as [[Float]] }
        expectError(.invalidConfiguration, key: "default_prompt_name", value: "x", choices: []) {
            try load("sentence-bert", ["config_sentence_transformers.json": #"{"default_prompt_name": "x"}"#])
        }
    }

    @Test func `a passage's prompt is a document's where the folder has no other`() throws {
        let config = #"{"prompts": {"passage": "the film is "}}"#
        let embedder = try load("sentence-bert", ["config_sentence_transformers.json": config])
        let want: [[Float]] = try embedder.embed(["bad"], prompt: .named("passage"))
        #expect(try embedder.embed(["bad"], prompt: .document) as [[Float]] == want)
        #expect(try embedder.embed(["bad"], prompt: .query) as [[Float]] == embedder.embed(["bad"]))
    }

    @Test(arguments: [0, 17, -1]) func `dimensions that aren't there are an error`(count: Int) throws {
        expectError(.invalidArgument, value: .int(count), limit: 16) {
            try SentenceEmbedder(
                folder: Fixtures.path("pipelines/sentence-bert"), backend: "reference", dimensions: count)
        }
    }

    /// A file of `sentence-dense`, its contents, and the expected error.
    static let badFiles: [(name: String, text: String, error: BertError)] = {
        func invalid(
            _ code: BertError.Code = .invalidConfiguration, key: String? = nil, value: BertError.Value? = nil,
            limit: BertError.Value? = nil
        ) -> BertError { BertError(code, "", key: key, value: value, limit: limit) }
        return [
            (
                "2_Dense/config.json",
                #"{"in_features": 16, "out_features": 12, "activation_function": "my.Own"}"#,
                invalid(key: "activation_function", value: "my.Own")
            ),
            (
                "2_Dense/config.json",
                #"{"in_features": 16, "out_features": 12, "module_input_name": "token_embeddings"}"#,
                invalid(key: "module_input_name", value: "token_embeddings")
            ),
            ("2_Dense/config.json", #"{"in_features": 8, "out_features": 12}"#, invalid(value: 8, limit: 16)),
            (
                "3_Dense/config.json", #"{"in_features": 12, "out_features": 10}"#,
                invalid(.weightsMismatch, key: "linear.bias")
            ),
            (
                "3_Dense/config.json", #"{"in_features": 12, "out_features": 11, "bias": false}"#,
                invalid(.weightsMismatch, key: "linear.weight")
            ),
            ("1_Pooling/config.json", #"{"pooling_mode": ["cls", "mean"]}"#, invalid(value: 16, limit: 32)),
            ("modules.json", #"[{"type": "x.Mystery", "path": "2"}]"#, invalid(key: "type", value: "x.Mystery")),
            (
                "config_sentence_transformers.json", #"{"truncate_dim": 11}"#,
                invalid(.invalidArgument, value: 11, limit: 10)
            ),
        ]
    }()

    @Test(arguments: badFiles.indices)
    func `a folder with unsupported or invalid settings is an error`(index: Int) throws {
        let (name, text, error) = Self.badFiles[index]
        expectError(error) { try load("sentence-dense", [name: text]) }
    }
}

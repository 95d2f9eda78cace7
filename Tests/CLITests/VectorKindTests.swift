import Bert
import BertCore
import BertJSON
import TestSupport
import Testing

/// Dense and sparse vectors and vectors of tokens, as `bert embed` writes them.
@Suite struct VectorKindTests {
    static let dense = [
        "mpnet-mean", "mpnet-cls-dot", "mpnet-dense", "modernbert-mean", "modernbert-cls", "nomic-mean", "gte-cls",
    ]
    static let sparse = [
        "splade-bare", "splade-bert", "splade-distilbert", "splade-sum", "splade-mpnet", "splade-modernbert",
        "splade-inference-free",
    ]
    static let tokens = ["colbert-stanford", "colbert-stanford-attend", "colbert-pylate", "colbert-st"]

    /// Runs `bert embed` over the texts of a case with its options; gives an object for each text.
    private func embed(_ fixture: SentenceFixture, _ test: JSONValue, backend: String) throws -> [JSONValue] {
        var options = ["--auto-truncate"]
        let name = try #require(test["name"]?.stringValue)
        let isSparse = fixture.kind == "sparse_embedding"
        // Its folder is that of any masked language model.
        if fixture.name == "splade-bare" { options += ["--vectors", "sparse"] }
        if ["query", "document"].contains(name) { options += ["--prompt-name", name] }
        if let prompt = test["options"]?["prompt_name"]?.stringValue { options += ["--prompt-name", prompt] }
        if let prompt = test["options"]?["prompt"]?.stringValue { options += ["--prompt", prompt] }
        if let limit = test["options"]?["max_active_dims"]?.intValue { options += ["--max-active-dims", "\(limit)"] }
        if let size = test["options"]?["truncate_dim"]?.intValue { options += ["--truncate-dimensions", "\(size)"] }
        if test["options"]?["normalize_embeddings"] == true { options.append("--normalize") }
        let texts = try SentenceFixture.texts(test["texts"])
        let input = texts.map { JSONValue.string($0).serialized() + "\n" }.joined()
        let run = try BertProgram.run(
            "embed", "--model", fixture.folder, "--backend", backend, more: options,
            environment: ["BERT_QUIET": "1"], input: Array(input.utf8))
        #expect(run.code == 0, "\(run.errors)")
        let objects = try run.lines.map { try JSONValue(parsing: $0) }
        #expect(objects.map { $0["index"] } == texts.indices.map { .int($0) })
        let member = isSparse ? "sparse" : fixture.kind == "multi_vector" ? "vectors" : "embedding"
        #expect(objects.allSatisfy { $0.objectValue?.keys.sorted() == ["index", member].sorted() })
        return objects
    }

    private static func floats(_ json: JSONValue?) -> [Float] {
        (json?.arrayValue ?? []).compactMap { $0.doubleValue.map { Float($0) } }
    }

    /// Folders, each on another of the backends than the one before it: starting the program takes its time.
    private static func onBackends(_ folders: [String]) -> [(String, String)] {
        let backends = AvailableBackends.names()
        return folders.enumerated().map { ($1, backends[$0 % backends.count]) }
    }

    @Test(arguments: onBackends(dense))
    func `Dense vectors are those of sentence-transformers`(folder: String, backend: String) throws {
        let fixture = try SentenceFixture(folder)
        for test in fixture.cases {
            let name = try #require(test["name"]?.stringValue)
            let got = try embed(fixture, test, backend: backend).flatMap { Self.floats($0["embedding"]) }
            let want = try fixture.tensor("\(name)/out/sentence_embedding")
            #expect(try SentenceFixture.tolerance(test).mismatch(got, want.values) == nil, "\(folder) \(name)")
        }
    }

    @Test(arguments: onBackends(sparse))
    func `Sparse vectors are those of sentence-transformers`(folder: String, backend: String) throws {
        let fixture = try SentenceFixture(folder)
        for test in fixture.cases where test["expected"]?["sentence_embedding"] != nil {
            let name = try #require(test["name"]?.stringValue)
            let want = try fixture.tensor("\(name)/out/sentence_embedding")
            let got = try embed(fixture, test, backend: backend).flatMap { object -> [Float] in
                var dense = [Float](repeating: 0, count: want.shape[1])
                for component in object["sparse"]?.arrayValue ?? [] {
                    let index = try #require(component["index"]?.intValue)
                    dense[index] = Float(try #require(component["value"]?.doubleValue))
                }
                return dense
            }
            #expect(try SentenceFixture.tolerance(test).mismatch(got, want.values) == nil, "\(folder) \(name)")
        }
    }

    @Test(arguments: onBackends(tokens))
    func `Vectors of tokens are those of sentence-transformers`(folder: String, backend: String) throws {
        let fixture = try SentenceFixture(folder)
        for test in fixture.cases where test["expected"]?["token_embeddings"] != nil {
            let name = try #require(test["name"]?.stringValue)
            let vectors = try embed(fixture, test, backend: backend).map {
                ($0["vectors"]?.arrayValue ?? []).map(Self.floats)
            }
            #expect(try vectors.map(\.count) == fixture.integers("\(name)/out/lengths"))
            let want = try fixture.tensor("\(name)/out/token_embeddings")
            #expect(
                try SentenceFixture.tolerance(test).mismatch(vectors.flatMap { $0.joined() }, want.values) == nil,
                "\(folder) \(name)")
        }
    }

    @Test(arguments: sparse.dropFirst())
    func `Texts are ranked by the scalar product of sparse vectors`(folder: String) throws {
        let fixture = try SentenceFixture(folder)
        let test = try #require(fixture.cases.first { $0["name"] == "similarity" })
        let texts = try SentenceFixture.texts(test["texts"])
        let want = try fixture.tensor("similarity/out/scores")
        try expectRanking(fixture, test, query: 2, texts, texts, want)
        guard folder != "splade-inference-free" else { return }
        // Queries are read as documents are: the matrix of both is that of all texts.
        let run = try BertProgram.run(
            "similarity", "--model", fixture.folder, "--backend", "reference", "--output-format", "jsonl",
            "--auto-truncate", more: texts, environment: ["BERT_QUIET": "1"])
        #expect(run.code == 0, "\(run.errors)")
        let got = try run.lines.flatMap { Self.floats(try JSONValue(parsing: $0)["similarity"]) }
        #expect(try SentenceFixture.tolerance(test).mismatch(got, want.values) == nil)
    }

    @Test(arguments: tokens)
    func `Texts are ranked by MaxSim of the vectors of tokens`(folder: String) throws {
        let fixture = try SentenceFixture(folder)
        let test = try #require(fixture.cases.first { $0["name"] == "scores" })
        let (queries, documents) = try (
            SentenceFixture.texts(test["queries"]), SentenceFixture.texts(test["documents"])
        )
        for query in [0, 3] {
            try expectRanking(fixture, test, query: query, queries, documents, fixture.tensor("scores/out/scores"))
        }
    }

    /// `bert rerank` gives the scores of one query, the best first.
    private func expectRanking(
        _ fixture: SentenceFixture, _ test: JSONValue, query: Int, _ queries: [String], _ documents: [String],
        _ want: (shape: [Int], values: [Float])
    ) throws {
        let run = try BertProgram.run(
            "rerank", "--model", fixture.folder, "--backend", "reference", "--query", queries[query],
            "--auto-truncate", "--return-text", more: documents, environment: ["BERT_QUIET": "1"])
        #expect(run.code == 0, "\(run.errors)")
        let objects = try run.lines.map { try JSONValue(parsing: $0) }
        let places = try objects.map { try #require($0["index"]?.intValue) }
        #expect(places.sorted() == Array(documents.indices))
        #expect(objects.map { $0["text"]?.stringValue } == places.map { documents[$0] })
        let scores = try objects.map { Float(try #require($0["score"]?.doubleValue)) }
        #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 >= $1 })
        let row = places.map { want.values[query * documents.count + $0] }
        #expect(try SentenceFixture.tolerance(test).mismatch(scores, row) == nil, "\(fixture.name)")
    }

    private static let corpus = Fixtures.path("pipelines/corpus.jsonl")

    private func search(_ folder: String, _ more: String...) throws -> BertProgram.Run {
        try BertProgram.run(
            "search", "--model", Fixtures.path(folder), "--backend", "reference", "a bad film", "great acting",
            more: more, environment: ["BERT_QUIET": "1"])
    }

    /// The ids and scores of the hits of each query.
    private func hits(_ run: BertProgram.Run) throws -> [[SearchHit]] {
        #expect(run.code == 0, "\(run.errors)")
        return try run.lines.map { line in
            try (JSONValue(parsing: line)["hits"]?.arrayValue ?? []).map {
                SearchHit(
                    corpusID: try #require($0["corpus_id"]?.intValue), score: try #require($0["score"]?.doubleValue))
            }
        }
    }

    @Test(arguments: ["sentences/splade-inference-free", "sentences/colbert-pylate"])
    func `A search is by the model's kind of vectors, computed or read from a file`(folder: String) throws {
        let computed = try hits(search(folder, "--corpus", Self.corpus))
        #expect(computed.count == 2 && computed.allSatisfy { !$0.isEmpty && $0.count <= 6 })
        let temporary = try TemporaryFolder()
        let vectors = "\(temporary.path)/vectors.jsonl"
        let run = try BertProgram.run(
            "embed", "--model", Fixtures.path(folder), "--backend", "reference", "--prompt-name", "document",
            "--input", Self.corpus, "--output", vectors, environment: ["BERT_QUIET": "1"])
        #expect(run.code == 0, "\(run.errors)")
        #expect(try hits(search(folder, "--corpus-vectors", vectors)) == computed)
        #expect(try hits(search(folder, "--corpus", Self.corpus, "--corpus-vectors", vectors)) == computed)
        // As the library finds them.
        let texts = try BertProgram.run(
            "rerank", "--model", Fixtures.path(folder), "--backend", "reference", "--query", "a bad film",
            "--input", Self.corpus, environment: ["BERT_QUIET": "1"])
        let ranked = try texts.lines.map { try #require(JSONValue(parsing: $0)["index"]?.intValue) }
        #expect(computed[0].map(\.corpusID) == Array(ranked.prefix(computed[0].count)))
    }

    @Test func `Dense and sparse vectors make one ranking`() throws {
        let (dense, sparse) = ("pipelines/sentence-bert", "sentences/splade-bert")
        let rankings = try (
            hits(search(dense, "--corpus", Self.corpus)), hits(search(sparse, "--corpus", Self.corpus))
        )
        func hybrid(_ more: String...) throws -> [[SearchHit]] {
            try hits(
                BertProgram.run(
                    "search", "--model", Fixtures.path(dense), "--backend", "reference", "--corpus", Self.corpus,
                    "--sparse-model", Fixtures.path(sparse), "a bad film", "great acting", more: more,
                    environment: ["BERT_QUIET": "1"]))
        }
        func expect(_ got: [[SearchHit]], _ fusion: RankFusion, topK: Int = 10) throws {
            #expect(got.count == 2)
            for (query, hits) in got.enumerated() {
                let want = try fusion.fuse([rankings.0[query], rankings.1[query]], topK: topK)
                #expect(hits.map(\.corpusID) == want.map(\.corpusID))
                #expect(zip(hits, want).allSatisfy { abs($0.score - $1.score) < 1e-9 })
            }
        }
        try expect(hybrid(), .reciprocalRank())
        try expect(hybrid("--rrf-k", "2", "--top-k", "3"), .reciprocalRank(k: 2), topK: 3)
        try expect(hybrid("--fusion", "weighted-sum", "--sparse-weight", "0.25"), .weightedSum([0.75, 0.25]))
        let shallow = try hybrid("--candidates", "1", "--top-k", "1")
        #expect(shallow.allSatisfy { $0.count == 1 })
    }

    /// Options of a search and what is said of them.
    static let searchRefusals: [(arguments: [String], code: Int32, words: String)] = [
        (["--similarity", "dot"], 64, "--similarity doesn't apply to token vectors"),
        (["--rrf-k", "3"], 64, "--rrf-k requires --sparse-model"),
        (["--sparse-model", "x", "--sparse-weight", "0.3"], 64, "--sparse-weight is for --fusion weighted-sum"),
        (
            ["--sparse-model", "x", "--fusion", "weighted-sum", "--sparse-weight", "2"], 64,
            "--sparse-weight must be from 0 to 1, not 2.0"
        ),
        (["--sparse-model", "x", "--rrf-k", "-1"], 64, "--rrf-k"),
        (["--sparse-model", "x", "--candidates", "0"], 64, "--candidates must be at least 1, not 0"),
        (["--sparse-model", "x", "--fusion", "sum"], 64, "it must be one of rrf, weighted-sum"),
        (["--sparse-model", Fixtures.path("sentences/mpnet-mean")], 1, "sparse embeddings require"),
    ]

    @Test(arguments: searchRefusals)
    func `Options of a search that can't be followed are errors`(
        arguments: [String], code: Int32, words: String
    ) throws {
        let run = try BertProgram.run(
            "search", "--model", Fixtures.path("sentences/colbert-st"), "--backend", "reference", "--corpus",
            Self.corpus, "a film", more: arguments, environment: ["BERT_QUIET": "1"])
        #expect(run.code == code, "\(run.errors)")
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test func `Vectors of another kind or another model are errors with their line`() throws {
        let temporary = try TemporaryFolder()
        func vectors(_ name: String, _ lines: String...) throws -> String {
            try temporary.write(Array(lines.joined(separator: "\n").utf8), to: name)
        }
        func error(
            _ folder: String, _ file: String, key: String? = nil, line: Int? = nil, value: Int? = nil
        ) throws {
            try search(folder, "--corpus-vectors", file)
                .expect(.invalidInput, file: file, key: key, line: line, value: value.map { .int($0) })
        }
        let (splade, colbert) = ("sentences/splade-bert", "sentences/colbert-st")
        let dense = try vectors("d.jsonl", #"{"embedding":[1,2]}"#)
        try error(splade, dense, key: "sparse", line: 1)
        try error(colbert, dense, key: "vectors", line: 1)
        let far = try vectors("f.jsonl", #"{"sparse":[]}"#, #"{"sparse":[{"index":100000,"value":1}]}"#)
        try error(splade, far, line: 2, value: 100_000)
        let disordered = try vectors("o.jsonl", #"{"sparse":[{"index":2,"value":1},{"index":1,"value":1}]}"#)
        try error(splade, disordered, key: "sparse", line: 1)
        let narrow = try vectors("n.jsonl", #"{"vectors":[[1,2]]}"#)
        try error(colbert, narrow, line: 1, value: 2)
        try error(splade, "v.npy")
    }

    /// A folder, what is asked of it, and words of what is said about it.
    static let refusals: [(folder: String, arguments: [String], code: Int32, words: String)] = [
        ("mpnet-mean", ["embed", "--vectors", "tokens"], 1, "the folder has no late interaction model"),
        ("mpnet-mean", ["embed", "--vectors", "sparse"], 1, "sparse embeddings require MLMTransformer"),
        ("splade-bert", ["embed", "--vectors", "dense"], 1, "--vectors sparse"),
        ("colbert-st", ["embed", "--vectors", "dense"], 1, "--vectors tokens"),
        ("splade-sum", ["embed", "--vectors", "dense"], 1, "--vectors sparse"),
        ("colbert-pylate", ["embed", "--vectors", "dense"], 1, "--vectors tokens"),
        ("colbert-stanford", ["embed", "--vectors", "dense"], 1, "--vectors tokens"),
        ("mpnet-mean", ["embed", "--max-active-dims", "3"], 64, "--max-active-dims is for sparse vectors"),
        ("mpnet-mean", ["embed", "--return-tokens"], 64, "--return-tokens is for sparse vectors"),
        ("colbert-st", ["embed", "--return-tokens"], 64, "--return-tokens is for sparse vectors"),
        ("splade-bert", ["embed", "--max-active-dims", "0"], 64, "--max-active-dims must be at least 1, not 0"),
        ("splade-bert", ["embed", "--pooling", "mean"], 64, "--pooling is for dense vectors"),
        ("splade-bert", ["embed", "--no-normalize"], 64, "--no-normalize is for dense vectors"),
        ("colbert-st", ["embed", "--truncate-dimensions", "3"], 64, "--truncate-dimensions is for dense vectors"),
        ("colbert-st", ["embed", "--output-format", "npy"], 64, "token vectors are written as jsonl or json"),
        ("splade-bert", ["embed", "--output-format", "text"], 64, "sparse vectors are written as jsonl or json"),
        ("splade-bert", ["embed", "--output-precision", "ubinary"], 64, "--output-precision ubinary is for dense"),
        ("splade-bert", ["embed", "--vectors", "colbert"], 64, "it must be one of dense, sparse, tokens"),
        ("splade-bert", ["embed", "--prompt-name", "passage"], 1, "\"choices\":[\"document\",\"query\"]"),
        ("mpnet-mean", ["rerank", "--query", "a"], 1, "dense vectors, which bert search compares"),
        ("mpnet-mean", ["rerank", "--query", "a", "--vectors", "dense"], 64, "bert search sorts texts"),
        ("colbert-st", ["similarity"], 1, "bert rerank"),
    ]

    @Test(arguments: refusals)
    func `What a kind of vectors has no use for is an error that says so`(
        folder: String, arguments: [String], code: Int32, words: String
    ) throws {
        let run = try BertProgram.run(
            arguments[0], "--model", Fixtures.path("sentences/\(folder)"), "--backend", "reference", "a film",
            more: Array(arguments.dropFirst()), environment: ["BERT_QUIET": "1"])
        #expect(run.code == code, "\(run.errors)")
        #expect(run.output == "")
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test func `Components of sparse vectors have their tokens if they are asked for`() throws {
        let run = try BertProgram.run(
            "embed", "--model", Fixtures.path("sentences/splade-bert"), "--backend", "reference", "--return-tokens",
            "--max-active-dims", "3", "a film", environment: ["BERT_QUIET": "1"])
        let components = try run.json()["sparse"]?.arrayValue ?? []
        #expect(components.count == 3)
        let vocabulary = try Tokenizers.load(folder: Fixtures.path("sentences/splade-bert")).vocabulary
        for component in components {
            let index = try #require(component["index"]?.intValue)
            #expect(component["token"]?.stringValue == vocabulary.token(Int32(index)))
            #expect(component.objectValue?.keys.sorted() == ["index", "token", "value"])
        }
    }
}

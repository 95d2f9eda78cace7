import Bert
import BertJSON
import TestSupport
import Testing

@testable import BertServing

@Suite("The wires")
struct WireTests {
    @Test("OpenAI: floats and base64 are the same numbers, in the order of the input, of length 1")
    func openAI() async throws {
        let served = try await Served()
        let body = "\"model\":\"text-embedding-3-small\",\"input\":[\"hello world\",\"a\",\"hello world\"]"
        let floats = await served.post("/v1/embeddings", "{\(body)}").json
        let coded = await served.post("/v1/embeddings", "{\(body),\"encoding_format\":\"base64\",\"user\":null}").json
        #expect(floats["object"]?.stringValue == "list")
        #expect(floats["model"]?.stringValue == "org/embedder")
        let data = try #require(floats["data"]?.arrayValue)
        #expect(data.map { $0["index"]?.intValue } == [0, 1, 2])
        for (index, item) in data.enumerated() {
            let vector = try #require(item["embedding"]).floats
            let length = vector.reduce(0) { $0 + $1 * $1 }
            #expect(abs(length - 1) < 1e-5)
            let text = try #require(coded["data"]?[index]?["embedding"]?.stringValue)
            #expect(Self.decoded(text) == vector)
        }
        #expect(data[0]["embedding"] == data[2]["embedding"])
        #expect(data[0]["embedding"] != data[1]["embedding"])
        let usage = try #require(floats["usage"])
        #expect(usage["prompt_tokens"]?.intValue == usage["total_tokens"]?.intValue)
    }

    @Test(
        "text-embeddings-inference: sparse vectors are the library's, of texts, queries, documents and ids",
        arguments: ["splade-bert", "splade-sum", "splade-inference-free", "splade-bare"])
    func sparse(folder: String) async throws {
        let place = Fixtures.path("sentences/\(folder)")
        let served = try await Served([ModelSource(name: "sparse", folder: place)]) { $0.isSplade = true }
        let embedder = try SparseEmbedder(folder: place, backend: .named("simd"))
        let texts = ["a good movie", "", String(repeating: "bad ", count: 20), "Slow!"]
        func check(_ answer: Answer, _ vectors: [SparseVector]) throws {
            #expect(answer.status == 200, "\(answer.text)")
            let lists = try #require(answer.json.arrayValue)
            #expect(lists.count == vectors.count)
            for (list, vector) in zip(lists, vectors) {
                let components = try #require(list.arrayValue)
                #expect(components.map { $0["index"]?.intValue } == vector.indices.map { Int($0) })
                for (component, value) in zip(components, vector.values) {
                    #expect(abs(Float(try #require(component["value"]?.doubleValue)) - value) < 1e-5)
                }
            }
        }
        let list = JSONValue.array(texts.map { .string($0) }).serialized()
        try check(await served.post("/embed_sparse", "{\"inputs\":\(list)}"), await embedder.embed(texts))
        if embedder.isInferenceFree {
            for (name, prompt) in [("query", Prompt.query), ("document", .document)] {
                try check(
                    await served.post("/embed_sparse", "{\"inputs\":\(list),\"prompt_name\":\"\(name)\"}"),
                    await embedder.embed(texts, prompt: prompt))
            }
            #expect(await served.post("/embed_sparse", "{\"inputs\":[[1]],\"prompt_name\":\"query\"}").status == 422)
        }
        // The result for a single text is also in a list, and the model's default routes are the same.
        try check(await served.post("/", "{\"inputs\":\"a good movie\"}"), await embedder.embed(["a good movie"]))
        try check(
            await served.post("/models/sparse", "{\"inputs\":\"a good movie\"}"),
            await embedder.embed(["a good movie"]))
        #expect(await served.get("/info").json["model_type"]?["embedding"]?["pooling"]?.stringValue == "splade")
        #expect(await served.post("/embed", "{\"inputs\":\"a\"}").status == 424)
    }

    @Test("a bare masked language model fills masks unless it is pooled as SPLADE")
    func bareMaskedModel() async throws {
        let source = ModelSource(name: "mlm", folder: Fixtures.path("sentences/splade-bare"))
        let served = try await Served([source])
        #expect(await served.post("/embed_sparse", "{\"inputs\":\"a\"}").status == 424)
        #expect(await served.post("/models/mlm", "{\"inputs\":\"a [MASK]\"}").status == 200)
    }

    @Test("OpenAI: token ids are the text's, dimensions cut and scale again, an empty text alone has a vector")
    func openAIInputs() async throws {
        let served = try await Served()
        let tokens = await served.post("/models/org/embedder/tokenize", "{\"inputs\":\"hello world\"}").json
        let ids = try #require(tokens[0]?.arrayValue).map { $0["id"] ?? .null }
        let byIDs = await served.post(
            "/v1/embeddings", "{\"input\":\(JSONValue.array(ids).serialized())}"
        ).json
        // The folder's default prompt is prepended to texts, but not to ids.
        let byText = await served.post(
            "/v1/embeddings", "{\"input\":\"hello world\",\"prompt_name\":\"document\"}"
        ).json
        #expect(byIDs["data"]?[0]?["embedding"] == byText["data"]?[0]?["embedding"])
        let mixed = await served.post(
            "/models/org/embedder/embed",
            "{\"inputs\":[\"hello world\",\(JSONValue.array(ids).serialized())],\"prompt_name\":\"document\"}"
        ).json
        #expect(mixed[0] == mixed[1])
        let whole = try #require(byText["data"]?[0]?["embedding"]).floats
        let cut = try #require(
            await served.post(
                "/v1/embeddings", "{\"input\":\"hello world\",\"dimensions\":4,\"prompt_name\":\"document\"}"
            ).json["data"]?[0]?[
                "embedding"]
        ).floats
        #expect(cut.count == 4)
        #expect(abs(cut.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
        #expect(abs(cut[0] / cut[1] - whole[0] / whole[1]) < 1e-3 * abs(whole[0] / whole[1]))
        #expect(await served.post("/v1/embeddings", "{\"input\":\"\"}").status == 200)
    }

    @Test("many texts in one request, more than any batch holds")
    func manyTexts() async throws {
        let served = try await Served { $0.maxBatchTokens = 64 }
        let texts = (0..<1000).map { "\"text number \($0 % 7)\"" }.joined(separator: ",")
        let answer = await served.post("/v1/embeddings", "{\"input\":[\(texts)]}").json
        let data = try #require(answer["data"]?.arrayValue)
        #expect(data.count == 1000)
        for index in 7..<1000 { #expect(data[index]["embedding"] == data[index - 7]["embedding"]) }
    }

    @Test("a text has the same bytes whatever its neighbours are")
    func neighbours() async throws {
        let served = try await Served()
        let alone = await served.post("/embed", "{\"inputs\":\"hello world\"}").json
        let long = String(repeating: "many other words ", count: 5)
        let beside = await served.post("/embed", "{\"inputs\":[\"\(long)\",\"hello world\",\"a\",\"\(long)\"]}").json
        #expect(alone[0] == beside[1])
        async let first = served.post(
            "/predict",
            "{\"inputs\":[[\"a charming journey\"],[\"dull\"]],\"exit\":{\"policy\":\"entropy\",\"threshold\":0.3},\"details\":true}"
        )
        async let second = served.post(
            "/predict",
            "{\"inputs\":[[\"dull\"],[\"a charming journey\"]],\"exit\":{\"policy\":\"none\"},\"details\":true}")
        let (early, whole) = (await first.json, await second.json)
        #expect(early[0]?[0]?["exit_layer"]?.intValue ?? 9 < 6)
        #expect(whole[1]?[0]?["exit_layer"]?.intValue == 6)
        let single = await served.post(
            "/predict",
            "{\"inputs\":\"a charming journey\",\"exit\":{\"policy\":\"entropy\",\"threshold\":0.3},\"details\":true}")
        #expect(single.json == early[0])
        #expect(single.header("x-exit-layers") == "\(early[0]?[0]?["exit_layer"]?.intValue ?? 0)")
    }

    @Test("text-embeddings-inference: embed, embed_all, similarity")
    func textEmbeddings() async throws {
        let served = try await Served()
        let answer = await served.post("/embed", "{\"inputs\":\"hello world\"}")
        for name in ["x-compute-type", "x-compute-tokens", "x-total-time", "x-queue-time", "x-inference-time"] {
            #expect(answer.header(name) != nil, "\(name)")
        }
        let vector = try #require(answer.json[0]).floats
        let raw = try #require(
            await served.post("/embed", "{\"inputs\":\"hello world\",\"normalize\":false}").json[0]
        ).floats
        let length = raw.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
        for (a, b) in zip(vector, raw) { #expect(abs(a - b / length) < 1e-5) }
        let all = await served.post(
            "/embed_all", "{\"inputs\":[\"hello world\"],\"normalize\":true,\"prompt_name\":\"document\"}"
        ).json
        let tokens = await served.post("/tokenize", "{\"inputs\":\"hello world\"}").json
        #expect(all[0]?.arrayValue?.count == tokens[0]?.arrayValue?.count)
        let similarity = await served.post(
            "/similarity",
            "{\"inputs\":{\"source_sentence\":\"a\",\"sentences\":[\"a\",\"hello world\"]},\"parameters\":{}}"
        ).json.floats
        #expect(similarity.count == 2)
        #expect(abs(similarity[0] - 1) < 1e-5)
    }

    @Test("text-embeddings-inference: predict's shapes")
    func predict() async throws {
        let served = try await Served()
        let one = await served.post("/predict", "{\"inputs\":\"a charming journey\"}").json
        #expect(one.arrayValue?.count == 2)
        #expect(one[0]?["label"]?.stringValue == "positive")
        let scores = (one.arrayValue ?? []).compactMap { $0["score"]?.doubleValue }
        #expect(abs(scores.reduce(0, +) - 1) < 1e-5)
        #expect(scores == scores.sorted(by: >))
        let pair = await served.post("/predict", "{\"inputs\":[\"a\",\"b\"]}").json
        #expect(pair[0]?["label"] != nil)
        let batch = await served.post("/predict", "{\"inputs\":[[\"a charming journey\"],[\"a\",\"b\"]]}").json
        #expect(batch.arrayValue?.count == 2)
        #expect(batch[0]?.arrayValue?.count == 2)
        #expect(batch[1] == pair)
    }

    @Test("text-embeddings-inference: tokens in bytes, and back")
    func tokens() async throws {
        let served = try await Served()
        let text = "héllo wörld"
        let answer = await served.post("/tokenize", "{\"inputs\":[\"\(text)\"]}").json
        let tokens = try #require(answer[0]?.arrayValue)
        #expect(tokens.first?["special"]?.boolValue == true)
        #expect(tokens.first?["start"] == .null)
        let utf8 = Array(text.utf8)
        for token in tokens where token["special"]?.boolValue == false {
            let (start, stop) = (token["start"]?.intValue ?? -1, token["stop"]?.intValue ?? -1)
            #expect(token["text"]?.stringValue == String(decoding: utf8[start..<stop], as: UTF8.self))
        }
        let ids = JSONValue.array(tokens.map { $0["id"] ?? .null }).serialized()
        #expect(await served.post("/decode", "{\"ids\":\(ids)}").json[0]?.stringValue?.isEmpty == false)
        #expect(await served.post("/decode", "{\"ids\":[\(ids),\(ids)]}").json.arrayValue?.count == 2)
    }

    @Test("text-embeddings-inference: every key of info is there")
    func info() async throws {
        let served = try await Served()
        let info = await served.get("/info").json
        for key in [
            "model_id", "model_sha", "model_dtype", "served_model_name", "model_type", "max_concurrent_requests",
            "max_input_length", "max_batch_tokens", "max_batch_requests", "max_client_batch_size", "auto_truncate",
            "tokenization_workers", "version", "sha", "docker_label",
        ] {
            #expect(info[key] != nil, "\(key)")
        }
        #expect(info["model_type"]?["embedding"]?["pooling"] != nil)
        #expect(await served.get("/models/demo/info").json["model_type"]?["classifier"]?["id2label"] != nil)
        #expect(await served.get("/models/ranker/info").json["model_type"]?["reranker"] != nil)
    }

    @Test("rerank: all clients' forms give the same order")
    func rerank() async throws {
        let served = try await Served()
        let texts = "[\"short\",\"a much longer text\",\"third\"]"
        let own = await served.post("/rerank", "{\"query\":\"q\",\"texts\":\(texts),\"return_text\":true,\"top_n\":1}")
            .json
        let order = (own.arrayValue ?? []).compactMap { $0["index"]?.intValue }
        #expect(order.sorted() == [0, 1, 2])
        let scores = (own.arrayValue ?? []).compactMap { $0["score"]?.doubleValue }
        #expect(scores == scores.sorted(by: >))
        #expect(own[0]?["text"]?.stringValue != nil)
        for path in ["/v1/rerank", "/v2/rerank", "/rerank", "/v1/reranking", "/reranking"] {
            let answer = await served.post(path, "{\"query\":\"q\",\"documents\":\(texts),\"top_n\":null}").json
            let results = try #require(answer["results"]?.arrayValue, "\(path)")
            #expect(results.compactMap { $0["index"]?.intValue } == order, "\(path)")
            #expect(results.compactMap { $0["relevance_score"]?.doubleValue } == scores, "\(path)")
            #expect(results[0]["document"] == nil)
            #expect(answer["meta"]?["billed_units"] != nil)
            #expect(answer["usage"]?["total_tokens"]?.intValue ?? 0 > 0)
        }
        let top = await served.post(
            "/v2/rerank",
            "{\"query\":\"q\",\"documents\":[{\"text\":\"a\"},\"b\"],\"top_n\":1,\"return_documents\":true,\"max_tokens_per_doc\":2}"
        ).json
        #expect(top["results"]?.arrayValue?.count == 1)
        #expect(top["results"]?[0]?["document"]?["text"]?.stringValue != nil)
    }

    @Test("Hugging Face: each task's shape, at each of its paths")
    func huggingFace() async throws {
        let served = try await Served()
        let labels = await served.post("/models/demo", "{\"inputs\":\"a charming journey\",\"parameters\":{}}").json
        #expect(labels[0]?[0]?["label"]?.stringValue == "positive")
        #expect(
            await served.post("/pipeline/text-classification/demo", "{\"inputs\":\"a charming journey\"}").json
                == labels)
        #expect(
            await served.post(
                "/models/demo/pipeline/text-classification",
                "{\"inputs\":\"a charming journey\",\"parameters\":{\"top_k\":1}}"
            )
            .json[0]?.arrayValue?.count == 1)
        #expect(await served.post("/models/org%2Fembedder", "{\"inputs\":\"a\"}").json[0]?.floats.isEmpty == false)
        let similar = await served.post(
            "/models/org/embedder", "{\"inputs\":{\"source_sentence\":\"a\",\"sentences\":[\"a\",\"b\"]}}"
        ).json
        #expect(similar.floats.count == 2)
        let entities = await served.post("/models/ner", "{\"inputs\":\"My name is Sarah\"}").json
        #expect(entities.arrayValue?.allSatisfy { $0["entity_group"] != nil && $0["start"] != nil } == true)
        let answer = await served.post(
            "/models/qa",
            "{\"inputs\":{\"question\":\"who\",\"context\":\"I am Wolfgang\"},\"parameters\":{\"top_k\":2}}"
        ).json
        #expect(answer.arrayValue?.isEmpty == false)
        #expect(answer[0]?["answer"] != nil)
        let ranks = await served.post("/models/ranker", "{\"inputs\":{\"query\":\"q\",\"texts\":[\"a\",\"b\"]}}").json
        #expect(ranks.arrayValue?.count == 2)
    }

    @Test("KServe: metadata, readiness and inference")
    func kserve() async throws {
        let served = try await Served()
        #expect(await served.get("/v2/health/ready").json["ready"]?.boolValue == true)
        #expect(await served.get("/v2/models/org%2Fembedder/versions/1/ready").status == 200)
        #expect(await served.get("/v2/models/demo").json["outputs"]?.arrayValue?.count == 2)
        let answer = await served.send(
            "POST", "/v2/models/org%2Fembedder/infer",
            "{\"id\":\"x\",\"inputs\":[{\"name\":\"text\",\"datatype\":\"BYTES\",\"shape\":[2],\"data\":[\"a\",\"b\"]}]}",
            headers: [("content-type", "")]
        ).json
        #expect(answer["id"]?.stringValue == "x")
        let shape = answer["outputs"]?[0]?["shape"]?.floats ?? []
        #expect(answer["outputs"]?[0]?["data"]?.arrayValue?.count == Int(shape[0] * shape[1]))
        // Only the requested outputs, in their order.
        for names in [["label"], ["label", "score"], []] {
            let outputs = names.map { "{\"name\":\"\($0)\"}" }.joined(separator: ",")
            let found = await served.post(
                "/v2/models/demo/infer",
                """
                {"inputs":[{"name":"text","datatype":"BYTES","shape":[1],"data":["a"]}],"outputs":[\(outputs)]}
                """
            ).json["outputs"]?.arrayValue?.map { $0["name"]?.stringValue }
            #expect(found == (names.isEmpty ? ["score", "label"] : names))
        }
    }

    @Test("questions: the headers count tokens and characters")
    func tokenHeaders() async throws {
        let served = try await Served()
        let body = "{\"inputs\":{\"question\":\"Who?\",\"context\":\"I am Wolfgang\"}}"
        let answer = await served.post("/models/qa", body)
        #expect(Int(answer.header("x-compute-tokens") ?? "") ?? 0 > 4)
        #expect(answer.header("x-compute-characters") == "13")
    }

    @Test("models: listed with what they can, found by names with slashes")
    func models() async throws {
        let served = try await Served()
        let list = await served.get("/v1/models").json["data"]?.arrayValue ?? []
        #expect(list.compactMap { $0["id"]?.stringValue } == Served.sources.map(\.name))
        #expect(list[1]["exit"]?["kind"]?.stringValue == "deebert")
        for path in ["/v1/models/org/embedder", "/v1/models/org%2Fembedder", "/v1/models/text-embedding-3-small"] {
            #expect(await served.get(path).json["id"]?.stringValue == "org/embedder", "\(path)")
        }
    }

    @Test("metrics: every line is Prometheus text")
    func metrics() async throws {
        let served = try await Served()
        _ = await served.post("/embed", "{\"inputs\":\"a\"}")
        _ = await served.post("/predict", "{\"inputs\":\"a\"}")
        let text = await served.get("/metrics").text
        var types: [String: String] = [:]
        let sample = /([a-z_]+)(\{([a-z_]+="(\\.|[^"\\\n])*",?)*\})? (-?[0-9.e+-]+|\+Inf)/
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") {
                let words = line.split(separator: " ")
                #expect(types.updateValue(String(words[3]), forKey: String(words[2])) == nil, "twice: \(line)")
            } else if !line.hasPrefix("# HELP ") {
                let match = try #require(line.wholeMatch(of: sample), "\(line)")
                var name = String(match.1)
                for suffix in ["_bucket", "_sum", "_count"] where types[name] == nil && name.hasSuffix(suffix) {
                    name.removeLast(suffix.count)
                }
                #expect(types[name] != nil, "no type before \(line)")
            }
        }
        _ = await served.post("/embed", "{\"inputs\":[\"a\",\"b\"]}")
        let all = await served.get("/metrics").text
        for name in [
            "te_request_count{method=\"single\"} 2", "te_request_count{method=\"batch\"} 1", "te_embed_count 2",
            "te_predict_count 1", "te_queue_size 0", "bert_queue_tokens{model=\"org/embedder\"} 0",
            "bert_tokenize_seconds_count 3",
        ] {
            #expect(all.contains("\n\(name)\n"), "\(name)")
        }
    }

    @Test("the page loads nothing, and its script is its own")
    func page() async throws {
        let served = try await Served(Array(Served.sources.prefix(1)))
        let answer = await served.get("/", headers: [("accept", "text/html,*/*")])
        let policy = try #require(answer.header("content-security-policy"))
        let nonce = try #require(policy.firstMatch(of: /'nonce-([0-9a-f]+)'/)).1
        #expect(answer.text.contains("<script nonce=\"\(nonce)\">"))
        #expect(!answer.text.contains("NONCE"))
        #expect(!answer.text.contains("https://"))
        #expect(answer.response.body.count < 150_000)
        #expect(await served.get("/").text.isEmpty)
    }

    private static func decoded(_ text: String) -> [Float] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var bytes: [UInt8] = []
        var (bits, count): (UInt32, Int) = (0, 0)
        for character in text.utf8 where character != UInt8(ascii: "=") {
            bits = bits << 6 | UInt32(alphabet.firstIndex(of: character) ?? 0)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return stride(from: 0, to: bytes.count, by: 4).map { start in
            Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) })
        }
    }
}

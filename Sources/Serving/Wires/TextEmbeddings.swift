import BertCore
import BertJSON
import BertModels
import BertPipelines
import BertTokenizers

/// The API of text-embeddings-inference.
enum TextEmbeddings {
    /// `POST /embed`
    static func embed(_ call: Call) async throws -> WireResponse { try await embed(call, body: call.body()) }

    static func embed(_ call: Call, body: Body) async throws -> WireResponse {
        let (served, model) = try await call.model(for: [.embedding], named: nil)
        let request = EmbeddingRequest(
            items: try inputs(body, call), cutting: try call.cutting(body), prompt: try body.string("prompt_name"),
            normalizes: try body.bool("normalize") ?? true,
            dimensions: try body.int("dimensions", in: Int.min...Int.max))
        let format = try body.string("encoding_format") ?? "float"
        guard ["float", "base64"].contains(format) else {
            throw ServingError.invalid("encoding_format", "expected \"float\" or \"base64\", found \"\(format)\"")
        }
        let result = try await call.embed(request, model, served)
        let bytes = try await call.written(result.vectors.count * (model.dimension ?? 0), of: served) { json in
            json.list(result.vectors) { format == "float" ? $0.floats($1) : $0.base64($1) }
        }
        return WireResponse.json(bytes).with(result.timing, call, served, task: "feature-extraction")
    }

    /// `POST /embed_all`
    static func embedAll(_ call: Call) async throws -> WireResponse {
        try await embedAll(call, body: call.body())
    }

    static func embedAll(_ call: Call, body: Body) async throws -> WireResponse {
        let (served, model) = try await call.model(for: [.embedding, .multiVector], named: nil)
        if let embedder = model.multiVector {
            return try await MultiVectors.embed(call, body: body, embedder, model, served)
        }
        let request = EmbeddingRequest(
            items: try inputs(body, call), cutting: try call.cutting(body), prompt: try body.string("prompt_name"),
            kind: .tokenVectors)
        let result = try await call.embed(request, model, served)
        let bytes = try await call.written(result.timing.tokens * model.config.hiddenSize, of: served) { json in
            json.list(result.tokenVectors) { json, vectors in json.list(vectors) { $0.floats($1) } }
        }
        return WireResponse.json(bytes).with(result.timing, call, served, task: "feature-extraction")
    }

    /// `POST /embed_sparse`
    static func embedSparse(_ call: Call) async throws -> WireResponse {
        try await embedSparse(call, body: call.body())
    }

    static func embedSparse(_ call: Call, body: Body) async throws -> WireResponse {
        let (served, model) = try await call.model(for: [.sparseEmbedding], named: nil)
        let items = try inputs(body, call)
        var prompt = try body.string("prompt_name")
        let cutting = try call.cutting(body)
        let vectors: [SparseVector]
        let timing: Timing
        if prompt == "query", let sparse = model.sparse, sparse.isInferenceFree {
            (vectors, timing) = try await queries(items, sparse, call, served)
        } else {
            // The names of both sides of a search are valid even if the folder has no prompts for them.
            if prompt == "document", model.sparse?.isInferenceFree == true, model.prompts?.texts["document"] == nil {
                prompt = nil
            }
            let request = EmbeddingRequest(items: items, cutting: cutting, prompt: prompt, kind: .sparseVector)
            let result = try await call.embed(request, model, served)
            (vectors, timing) = (result.sparseVectors, result.timing)
        }
        let bytes = try await call.written(vectors.reduce(0) { $0 + 2 * $1.indices.count }, of: served) { json in
            json.list(vectors) { json, vector in
                json.list(Array(zip(vector.indices, vector.values))) { json, component in
                    json.raw("{\"index\":")
                    json.int(Int(component.0))
                    json.raw(",\"value\":")
                    json.float(component.1)
                    json.raw("}")
                }
            }
        }
        return WireResponse.json(bytes).with(timing, call, served, task: ServedTask.sparseEmbedding.rawValue)
    }

    /// Returns the embeddings of an inference-free model's queries, whose tokens have fixed weights.
    private static func queries(
        _ items: TextItems, _ sparse: SparseEmbedder, _ call: Call, _ served: ServedModel
    ) async throws -> ([SparseVector], Timing) {
        let words = (try? sparse.prompts.text(of: .query)) ?? ""
        let texts = try items.items.enumerated().map { place, item throws(ServingError) -> String in
            guard case .text(let text) = item else {
                throw ServingError(
                    .invalidType, "expected a string, because query weights of this model depend on the words",
                    parameter: items.name(place))
            }
            return words + text
        }
        var timing = Timing()
        timing.characters = items.items.reduce(0) { $0 + $1.characters }
        timing.texts = items.items.count
        let started = ContinuousClock.now
        let vectors = try await call.onThread(if: texts.reduce(0) { $0 + $1.utf8.count } > 4096, of: served) {
            try texts.map { try sparse.weighed($0) }
        }
        timing.tokenizing = ContinuousClock.now - started
        return (vectors, timing)
    }

    /// `POST /similarity`
    static func similarity(_ call: Call) async throws -> WireResponse {
        let body = try call.body()
        return try await similarity(call, inputs: body.object("inputs"), parameters: body.object("parameters"))
    }

    static func similarity(_ call: Call, inputs: Body, parameters: Body) async throws -> WireResponse {
        let (served, model) = try await call.model(for: [.embedding], named: nil)
        let source = try Body.read { try inputs.required("source_sentence").string() }
        let node = try inputs.required("sentences")
        let sentences = try Body.read { try node.elements().map { try $0.string() } }
        guard !sentences.isEmpty else { throw ServingError(.emptyInput, "`inputs.sentences` cannot be empty") }
        guard sentences.count < call.options.maxClientBatchSize else {
            throw ServingError(
                .tooManyInputs, "\(sentences.count) sentences; the maximum is \(call.options.maxClientBatchSize - 1)",
                parameter: "inputs.sentences")
        }
        let items = TextItems([.text(source)] + sentences.map { .text($0) }, parameter: "inputs.sentences")
        let request = EmbeddingRequest(
            items: items, cutting: try call.cutting(parameters), prompt: try parameters.string("prompt_name"))
        let result = try await call.embed(request, model, served)
        let source0 = result.vectors[0]
        let scores = result.vectors.dropFirst().map { vector in
            Float(zip(source0, vector).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
        }
        var json = JSONBytes()
        json.floats(scores)
        return WireResponse.json(json.bytes).with(result.timing, call, served, task: "sentence-similarity")
    }

    /// `POST /predict`
    static func predict(_ call: Call) async throws -> WireResponse { try await predict(call, body: call.body()) }

    static func predict(_ call: Call, body: Body) async throws -> WireResponse {
        let (served, model) = try await call.model(for: [.classification, .reranking], named: nil)
        let items = try TextItems(pairs: body.required("inputs"), limit: call.options.maxClientBatchSize)
        if items.isSingle, items.items[0].isEmpty { throw ServingError(.emptyInput, "`inputs` cannot be empty") }
        let isRaw = try body.bool("raw_scores") ?? false
        let details = try body.bool("details") ?? false
        let request = ClassificationRequest(
            items: items, cutting: try call.cutting(body), policy: try ExitRequest(body, model).policy)
        let result = try await call.classify(request, model, served)
        let lists = result.rows.map { row in
            JSONValue.array(
                row.labels(model, raw: isRaw).map { label in
                    var object: JSONObject = ["score": .float(label.score), "label": .string(label.name)]
                    if details { object.add(row, model) }
                    return .object(object)
                })
        }
        let answer = items.isSingle ? lists[0] : .array(lists)
        return WireResponse.json(answer.serializedBytes()).with(
            result.timing, call, served, task: "text-classification")
    }

    /// `POST /rerank`, which clients of Cohere call with `documents`.
    static func rerank(_ call: Call) async throws -> WireResponse {
        let body = try call.body()
        if !body.has("texts"), body.has("documents") {
            return try await Reranking.rerank(call, body: body, version: "1")
        }
        return try await rerank(call, body: body)
    }

    static func rerank(_ call: Call, body: Body) async throws -> WireResponse {
        let (served, model) = try await call.model(for: [.reranking, .multiVector], named: nil)
        let query = try Body.read { try body.required("query").string() }
        let node = try body.required("texts")
        let texts = try Body.read { try node.elements().map { try $0.string() } }
        let isRaw = try body.bool("raw_scores") ?? false
        let returnsText = try body.bool("return_text") ?? false
        let result = try await call.rank(query, texts, parameter: "texts", try call.cutting(body), model, served)
        let answer = result.ranks.map { rank -> JSONValue in
            var object: JSONObject = ["index": .int(rank.index), "score": .float(isRaw ? rank.logit : rank.score)]
            if returnsText { object["text"] = .string(texts[rank.index]) }
            return .object(object)
        }
        return WireResponse.json(JSONValue.array(answer).serializedBytes())
            .with(result.timing, call, served, task: "text-ranking")
    }

    /// `POST /tokenize`
    static func tokenize(_ call: Call) async throws -> WireResponse {
        let body = try call.body()
        let (served, model) = try await call.model(for: ServedTask.allCases, named: nil)
        let items = try TextItems(body.required("inputs"), limit: call.options.maxClientBatchSize)
        let adds = try body.bool("add_special_tokens") ?? true
        let prompt: String
        if let name = try body.string("prompt_name") {
            guard let text = model.prompts?.texts[name] else {
                let names = (model.prompts?.texts.keys.sorted() ?? []).map { "\"\($0)\"" }
                throw ServingError.invalid(
                    "prompt_name",
                    "the model has no prompt \"\(name)\". Available prompts: [\(names.joined(separator: ", "))]")
            }
            prompt = text
        } else {
            prompt = ""
        }
        let isLong = items.items.reduce(0) { $0 + $1.bytes } > 4096
        let bytes = try await call.onThread(if: isLong, of: served) { () throws -> [UInt8] in
            let texts = try items.items.enumerated().map { place, item -> String in
                guard case .text(let text) = item else {
                    throw ServingError(.invalidType, "expected a string", parameter: items.name(place))
                }
                return prompt + text
            }
            var count = 0
            let lists = try texts.enumerated().map { place, text in
                let tokens = try tokens(text, model, addsSpecialTokens: adds, limit: tokenLimit - count) {
                    items.name(place)
                }
                count += tokens.count
                return JSONValue.array(tokens)
            }
            return JSONValue.array(lists).serializedBytes()
        }
        return WireResponse.json(bytes).with(Timing(), call, served, task: "tokenize")
    }

    /// The maximum number of tokens that `/tokenize` describes: about 20 MB of JSON.
    private static let tokenLimit = 1 << 18

    private static func tokens(
        _ text: String, _ model: LoadedModel, addsSpecialTokens: Bool, limit: Int, input: () -> String
    ) throws -> [JSONValue] {
        let encoding = try model.text.tokenizer.encode(
            text, options: EncodingOptions(addsSpecialTokens: addsSpecialTokens))
        guard encoding.count <= limit else {
            throw ServingError(
                .tooManyTokens, "more than \(tokenLimit) tokens in one request; send fewer texts at a time",
                parameter: input())
        }
        let utf8 = Array(text.utf8)
        let names = encoding.tokens
        return encoding.ids.indices.map { index in
            let isSpecial = encoding.specialTokensMask[index] == 1
            let range = encoding.offsets[index]
            let isInside = !isSpecial && range.upperBound <= utf8.count
            return [
                "id": .int(Int(encoding.ids[index])),
                "text": .string(isInside ? String(decoding: utf8[range], as: UTF8.self) : names[index]),
                "special": .bool(isSpecial), "start": isSpecial ? nil : .int(range.lowerBound),
                "stop": isSpecial ? nil : .int(range.upperBound),
            ]
        }
    }

    /// `POST /decode`
    static func decode(_ call: Call) async throws -> WireResponse {
        let body = try call.body()
        let (served, model) = try await call.model(for: ServedTask.allCases, named: nil)
        let node = try body.required("ids")
        let skips = try body.bool("skip_special_tokens") ?? true
        let items = try TextItems(node, limit: call.options.maxClientBatchSize)
        var cutting = RowTokenizer.Cutting()
        cutting.limit = .max
        let texts = try items.items.enumerated().map { place, item -> JSONValue in
            guard case .ids(let ids) = item else {
                throw ServingError(.invalidType, "expected token ids", parameter: items.name(place))
            }
            for (index, id) in ids.enumerated() where id < 0 || id >= model.text.tokenizer.vocabulary.idLimit {
                throw ServingError.invalid("\(items.name(place))[\(index)]", "unknown token id \(id)")
            }
            return .string(model.text.tokenizer.decode(ids.map { Int32($0) }, skipsSpecialTokens: skips))
        }
        return WireResponse.json(JSONValue.array(texts).serializedBytes())
            .with(Timing(), call, served, task: "decode")
    }

    /// `GET /info`
    static func info(_ call: Call) async throws -> WireResponse {
        let (served, model) = try await call.model(for: ServedTask.allCases, named: nil)
        let labels: JSONValue = [
            "id2label": .object(
                JSONObject(model.config.labels.enumerated().map { ("\($0.offset)", .string($0.element)) })),
            "label2id": .object(
                JSONObject(model.config.labels.enumerated().map { ($0.element, .int($0.offset)) })),
        ]
        let type: JSONValue =
            switch model.task {
            case .embedding:
                [
                    "embedding": [
                        "pooling": .string(model.embedding?.pooling.map(\.rawValue).joined(separator: "+") ?? "mean")
                    ]
                ]
            case .sparseEmbedding: ["embedding": ["pooling": "splade"]]
            case .multiVector: ["embedding": ["pooling": "none"]]
            case .reranking: ["reranker": labels]
            default: ["classifier": labels]
            }
        let options = call.options
        let info: JSONValue = [
            "model_id": .string(served.name), "model_sha": nil,
            "model_dtype": .string(model.backend.precision.rawValue),
            "served_model_name": .string(served.name), "model_type": type,
            "max_concurrent_requests": .int(options.maxConcurrentRequests),
            "max_input_length": .int(model.text.maximumLength),
            "max_batch_tokens": .int(options.maxBatchTokens ?? 2048), "max_batch_requests": nil,
            "max_client_batch_size": .int(options.maxClientBatchSize), "auto_truncate": .bool(options.autoTruncate),
            "tokenization_workers": .int(options.tokenizationWorkers), "version": .string(options.version), "sha": nil,
            "docker_label": nil, "backend": .string(model.backend.nameAndVersion),
            "instruction_set": model.backend.instructionSet.map { .string($0) } ?? nil,
            "threads": .int(model.backend.threads), "capabilities": .array(model.capabilities.map { .string($0) }),
        ]
        return .json(info.serializedBytes())
    }

    /// `POST /` and `/invocations`: the model's default route.
    static func own(_ call: Call) async throws -> WireResponse {
        let body = try call.body()
        let (_, model) = try await call.model(
            for: call.model == nil
                ? [.embedding, .classification, .reranking] + ServedTask.allCases : ServedTask.allCases,
            named: nil)
        switch model.task {
        case .embedding: return try await embed(call, body: body)
        case .sparseEmbedding: return try await embedSparse(call, body: body)
        case .multiVector:
            return body.has("inputs") ? try await embedAll(call, body: body) : try await rerank(call, body: body)
        case .classification: return try await predict(call, body: body)
        case .reranking:
            return body.has("inputs") ? try await predict(call, body: body) : try await rerank(call, body: body)
        case .entities, .answering, .maskFilling:
            return try await HuggingFace.run(model.task.rawValue, call, body: body)
        }
    }

    static func inputs(_ body: Body, _ call: Call) throws(ServingError) -> TextItems {
        let items = try TextItems(body.required("inputs"), limit: call.options.maxClientBatchSize)
        if items.isSingle, items.items[0].isEmpty { throw ServingError(.emptyInput, "`inputs` cannot be empty") }
        return items
    }
}

extension JSONObject {
    /// Adds the members requested by `details`.
    mutating func add(_ row: ClassificationResult.Row, _ model: LoadedModel) {
        self["exit_layer"] = .int(row.exitLayer)
        self["num_layers"] = .int(model.config.numHiddenLayers)
        self["exit_entropy"] = .float(row.entropy)
    }
}

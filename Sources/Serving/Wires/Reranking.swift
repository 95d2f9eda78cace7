import BertJSON
import BertModels
import BertPipelines
import BertTokenizers

/// The ranking of texts by their relevance to a query.
struct RankingResult: Sendable {
    struct Rank: Sendable {
        let index: Int
        /// The logit of a cross-encoder, or the sum of the maximum similarities of a late interaction model.
        let logit: Float
        /// The sigmoid of the logit of a cross-encoder, or the mean of the maximum similarities.
        let score: Float
    }

    /// The texts in descending order of relevance. Texts with equal logits keep their order.
    var ranks: [Rank]
    var timing: Timing
}

extension Call {
    /// Ranks texts by their relevance to a query.
    func rank(
        _ query: String, _ texts: [String], parameter: String, _ cutting: RowTokenizer.Cutting, _ model: LoadedModel,
        _ served: ServedModel
    ) async throws -> RankingResult {
        guard !texts.isEmpty else { throw ServingError(.emptyInput, "`\(parameter)` cannot be empty") }
        guard texts.count <= options.maxClientBatchSize else {
            throw ServingError(
                .tooManyInputs,
                "\(texts.count) texts in one request; the maximum is \(options.maxClientBatchSize)",
                parameter: parameter)
        }
        if let embedder = model.multiVector {
            return try await rank(query, texts, parameter: parameter, cutting, embedder, model, served)
        }
        let items = TextItems(texts.map { .pair(query, $0) }, parameter: parameter)
        let result = try await classify(ClassificationRequest(items: items, cutting: cutting), model, served)
        let ranks = result.rows.enumerated().map { index, row in
            RankingResult.Rank(
                index: index, logit: row.logits[0], score: row.labels(model, .sigmoid).first?.score ?? 0)
        }
        // Sorts by logits, because different logits can have the same score.
        return RankingResult(
            ranks: ranks.sorted { $0.logit == $1.logit ? $0.index < $1.index : $0.logit > $1.logit },
            timing: result.timing)
    }
}

/// The APIs of Cohere, Jina, vLLM and infinity. The response is compatible with all of them.
enum Reranking {
    /// `POST /v1/rerank`, `/v1/reranking`, `/reranking`
    static func first(_ call: Call) async throws -> WireResponse {
        try await rerank(call, body: call.body(), version: "1")
    }
    /// `POST /v2/rerank`
    static func second(_ call: Call) async throws -> WireResponse {
        try await rerank(call, body: call.body(), version: "2")
    }

    static func rerank(_ call: Call, body: Body, version: String) async throws -> WireResponse {
        let call = try call.prioritized(body)
        let (served, model) = try await call.model(for: [.reranking, .multiVector], named: body.string("model"))
        let query = try Body.read { try body.required("query").string() }
        let node = try body.required("documents")
        let documents = try Body.read {
            try node.elements().map { element in
                if let text = element.value.stringValue { return text }
                guard element.value.objectValue != nil else {
                    throw element.mismatch("a string, or an object with text")
                }
                return try element.required("text").string()
            }
        }
        let count = try body.int("top_n", in: 1...Int.max) ?? documents.count
        let returnsDocuments = try body.bool("return_documents") ?? false
        let isRaw = try body.bool("raw_scores") ?? false
        var cutting = try call.cutting(body)
        cutting.strategy = .longestFirst
        let kept = try await Self.cut(
            documents, to: body.int("max_tokens_per_doc", in: 1...Int.max), call, model, served)
        let result = try await call.rank(query, kept, parameter: "documents", cutting, model, served)
        let results = result.ranks.prefix(count).map { rank -> JSONValue in
            var object: JSONObject = [
                "index": .int(rank.index), "relevance_score": .float(isRaw ? rank.logit : rank.score),
            ]
            if returnsDocuments { object["document"] = ["text": .string(documents[rank.index])] }
            return .object(object)
        }
        let tokens = JSONValue.int(result.timing.tokens)
        let answer: JSONValue = [
            "id": .string("rerank-" + RequestID.next()), "object": "rerank", "model": .string(served.name),
            "created": .int(Int(ProcessFacts.now)), "results": .array(results),
            "usage": ["prompt_tokens": tokens, "total_tokens": tokens],
            "meta": [
                "api_version": ["version": .string(version)], "billed_units": ["search_units": 1],
                "tokens": ["input_tokens": tokens],
            ],
        ]
        return WireResponse.json(answer.serializedBytes()).with(result.timing, call, served, task: "text-ranking")
    }

    /// Truncates each document to the bytes of its first tokens.
    private static func cut(
        _ documents: [String], to limit: Int?, _ call: Call, _ model: LoadedModel, _ served: ServedModel
    ) async throws -> [String] {
        guard let limit else { return documents }
        return try await call.onThread(if: true, of: served) {
            try documents.map { document in
                let encoding = try model.text.tokenizer.encode(
                    document, options: EncodingOptions(addsSpecialTokens: false))
                guard encoding.count > limit else { return document }
                let end = encoding.offsets[limit - 1].upperBound
                return String(decoding: Array(document.utf8).prefix(end), as: UTF8.self)
            }
        }
    }
}

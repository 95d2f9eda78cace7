import BertCore
import BertPipelines
import BertTokenizers

/// Late interaction models (ColBERT), which compute a vector for each token.
enum MultiVectors {
    /// `POST /embed_all`. The prompt name `query` selects the form of queries.
    static func embed(
        _ call: Call, body: Body, _ embedder: TokenEmbedder, _ model: LoadedModel, _ served: ServedModel
    ) async throws -> WireResponse {
        let items = try TextEmbeddings.inputs(body, call)
        let name = try body.string("prompt_name") ?? TokenEmbedder.Side.document.rawValue
        guard let side = TokenEmbedder.Side(rawValue: name) else {
            throw ServingError.invalid(
                "prompt_name", "the model has no prompt \"\(name)\". Available prompts: [\"document\", \"query\"]")
        }
        let texts = try items.items.enumerated().map { place, item throws(ServingError) -> String in
            guard case .text(let text) = item else {
                throw ServingError(.invalidType, "expected a string", parameter: items.name(place))
            }
            return text
        }
        let (vectors, timing) = try await call.vectors(
            texts.map { (side, $0) }, embedder, model, served, cutting: try call.cutting(body)
        ) { items.name($0) }
        let count = vectors.reduce(0) { $0 + $1.count } * embedder.dimension
        let bytes = try await call.written(count, of: served) { json in
            json.list(vectors) { json, vectors in json.list(vectors) { $0.floats($1) } }
        }
        return WireResponse.json(bytes).with(timing, call, served, task: ServedTask.multiVector.rawValue)
    }
}

extension Call {
    /// Computes the vectors of the tokens of texts.
    fileprivate func vectors(
        _ texts: [(side: TokenEmbedder.Side, text: String)], _ embedder: TokenEmbedder, _ model: LoadedModel,
        _ served: ServedModel, cutting: RowTokenizer.Cutting, name: @escaping @Sendable (Int) -> String
    ) async throws -> ([[[Float]]], Timing) {
        guard cutting.side != .left else {
            throw ServingError.invalid("truncation_direction", "models of late interaction truncate on the right")
        }
        var timing = Timing()
        timing.texts = texts.count
        timing.characters = texts.reduce(0) { $0 + $1.text.unicodeScalars.count }
        let started = ContinuousClock.now
        let isLong = texts.reduce(0) { $0 + $1.text.utf8.count } > 4096
        let rows = try await onThread(if: isLong, of: served) {
            try texts.enumerated().map { place, item in
                try Cancellation.check()
                let count = (try? model.text.tokenizer.tokenCount(item.text)) ?? item.text.utf8.count
                let limit = embedder.maximumLength(item.side)
                // Queries are always truncated, as in other implementations.
                guard item.side == .query || cutting.truncates || count < limit else {
                    throw ServingError(
                        .tooManyTokens,
                        "\(count + 1) tokens, but the model supports at most \(limit); shorten it, or set truncate to true",
                        parameter: name(place))
                }
                return Row(
                    kind: .multiVectors(item.side, truncates: cutting.truncates), text: item.text,
                    tokens: min(count + 1, limit))
            }
        }
        timing.tokenizing = ContinuousClock.now - started
        let result = try await compute(rows, on: model, of: served, input: name)
        (timing.tokens, timing.queued, timing.computed) = (result.tokens, result.queued, result.computed)
        let vectors = try result.outputs.map { output -> [[Float]] in
            guard case .tokenVectors(let vectors) = output else {
                throw ServingError.internalError("the result of a row has no vectors")
            }
            return vectors
        }
        return (vectors, timing)
    }

    /// Ranks texts by the maximum similarities of the query's vectors.
    func rank(
        _ query: String, _ texts: [String], parameter: String, _ cutting: RowTokenizer.Cutting,
        _ embedder: TokenEmbedder,
        _ model: LoadedModel, _ served: ServedModel
    ) async throws -> RankingResult {
        let (vectors, timing) = try await vectors(
            [(.query, query)] + texts.map { (.document, $0) }, embedder, model, served, cutting: cutting
        ) { $0 == 0 ? "query" : "\(parameter)[\($0 - 1)]" }
        let (query, documents) = (vectors[0], Array(vectors.dropFirst()))
        let scores = try await onThread(if: documents.count > 16, of: served) { try embedder.scores(query, documents) }
        let ranks = scores.enumerated().map { index, score in
            RankingResult.Rank(index: index, logit: score, score: score / Float(max(query.count, 1)))
        }
        return RankingResult(
            ranks: ranks.sorted { $0.logit == $1.logit ? $0.index < $1.index : $0.logit > $1.logit }, timing: timing)
    }
}

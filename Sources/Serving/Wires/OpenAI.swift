import BertCore
import BertJSON
import BertModels

/// The API of OpenAI.
enum OpenAI {
    /// `POST /v1/embeddings`
    static func embeddings(_ call: Call) async throws -> WireResponse {
        let body = try call.body()
        let call = try call.prioritized(body)
        let (served, model) = try await call.model(for: [.embedding], named: body.string("model"))
        let items = try TextItems(body.required("input"), limit: call.options.maxClientBatchSize)
        if !items.isSingle, let place = items.items.firstIndex(where: \.isEmpty) {
            throw ServingError(
                .emptyInput, "an empty text in a list is not supported; omit it, or send it in a separate request",
                parameter: items.name(place))
        }
        let format = try body.string("encoding_format") ?? "float"
        guard ["float", "base64"].contains(format) else {
            throw ServingError.invalid("encoding_format", "expected \"float\" or \"base64\", found \"\(format)\"")
        }
        let dimensions = try body.int("dimensions", in: Int.min...Int.max)
        let request = EmbeddingRequest(
            items: items, cutting: try call.cutting(body), prompt: try body.string("prompt_name"),
            dimensions: dimensions)
        let result = try await call.embed(request, model, served)
        let id = "embd-" + RequestID.next()
        let created = Int(ProcessFacts.now)
        let values = format == "float" ? result.vectors.count * (dimensions ?? model.dimension ?? 0) : 0
        let bytes = try await call.written(values, of: served) { json in
            json.raw("{\"object\":\"list\",\"data\":")
            json.list(Array(result.vectors.enumerated())) { json, vector in
                json.raw("{\"object\":\"embedding\",\"index\":")
                json.int(vector.offset)
                json.raw(",\"embedding\":")
                if format == "float" { json.floats(vector.element) } else { json.base64(vector.element) }
                json.raw("}")
            }
            json.raw(",\"model\":")
            json.value(.string(served.name))
            json.raw(",\"usage\":")
            json.value(["prompt_tokens": .int(result.timing.tokens), "total_tokens": .int(result.timing.tokens)])
            json.raw(",\"id\":")
            json.value(.string(id))
            json.raw(",\"created\":")
            json.int(created)
            json.raw("}")
        }
        return WireResponse.json(bytes).with(result.timing, call, served, task: "feature-extraction")
    }

    /// `GET /v1/models`
    static func models(_ call: Call) async throws -> WireResponse {
        let models = call.model.map { [$0] } ?? call.service.shelf.models
        return .json(
            (["object": "list", "data": .array(models.map { card($0, call) })] as JSONValue).serializedBytes())
    }

    /// `GET /v1/models/{id}`
    static func model(_ call: Call) async throws -> WireResponse {
        .json(card(try call.service.shelf.model(call.argument), call).serializedBytes())
    }

    /// `POST /v1/classify`, compatible with infinity.
    static func classify(_ call: Call) async throws -> WireResponse {
        let body = try call.body()
        let (served, model) = try await call.model(for: [.classification, .reranking], named: body.string("model"))
        let items = try TextItems(objects: body.required("input"), limit: call.options.maxClientBatchSize)
        let result = try await call.classify(
            ClassificationRequest(
                items: items, cutting: try call.cutting(body), policy: try ExitRequest(body, model).policy), model,
            served)
        let isRaw = try body.bool("raw_scores") ?? false
        let data = result.rows.map { row in JSONValue.array(row.labels(model, raw: isRaw).map(\.json)) }
        let layers = model.config.numHiddenLayers
        let usage: JSONValue = [
            "prompt_tokens": .int(result.timing.tokens), "total_tokens": .int(result.timing.tokens),
            "layers_computed": .int(result.rows.reduce(0) { $0 + $1.exitLayer }),
            "layers_total": .int(layers * result.rows.count),
        ]
        let answer: JSONValue = [
            "object": "classify", "id": .string("cls-" + RequestID.next()), "model": .string(served.name),
            "created": .int(Int(ProcessFacts.now)), "data": .array(data),
            "exits": .array(result.rows.map { ["layer": .int($0.exitLayer), "of": .int(layers)] }), "usage": usage,
        ]
        return WireResponse.json(answer.serializedBytes()).with(
            result.timing, call, served, task: "text-classification")
    }

    private static func card(_ served: ServedModel, _ call: Call) -> JSONValue {
        var card: JSONObject = [
            "id": .string(served.name), "object": "model", "created": .int(served.created), "owned_by": "swift-bert",
            "state": .string(served.state.name),
        ]
        if let model = served.loaded {
            card["capabilities"] = .array(model.capabilities.map { .string($0) })
            card["backend"] = .string(model.backend.nameAndVersion)
            card["precision"] = .string(model.backend.precision.rawValue)
            card["max_input_length"] = .int(model.text.maximumLength)
            card["memory_bytes"] = .int(model.memory)
            card["layers"] = .int(model.config.numHiddenLayers)
            if let dimension = model.dimension { card["dimension"] = .int(dimension) }
            if [.classification, .reranking, .entities].contains(model.task) {
                card["labels"] = .array(model.config.labels.map { .string($0) })
            }
            if model.task == .maskFilling { card["mask_token"] = model.text.maskToken.map { .string($0) } }
            if let kind = model.exitKind {
                card["exit"] = [
                    "kind": .string(kind), "layers": .int(model.config.numHiddenLayers),
                    "default": ExitRequest.json((try? model.config.exitPolicy) ?? .never),
                ]
            }
        }
        if case .failed(let error) = served.state {
            let reason = ServedModel.servingError(served.name, error) as? ServingError
            card["reason"] = [
                "code": .string(reason?.code.description ?? "internal"),
                "message": .string(reason?.message ?? "\(error)"),
            ]
        }
        card["stats"] = [
            "queue_fraction": .double(call.service.engine.fullness),
            "queue_absolute": .int(call.service.engine.waitingRows),
            "results_pending": .int(call.service.inFlight), "batch_size": .int(call.options.maxBatchTokens ?? 2048),
        ]
        return .object(card)
    }
}

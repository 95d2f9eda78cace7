import BertJSON

/// The Open Inference Protocol, version 2, over REST.
enum KServe {
    /// The tasks whose outputs are tensors.
    private static let tasks: [ServedTask] = [.embedding, .classification, .reranking]

    /// `GET /v2`
    static func server(_ call: Call) async throws -> WireResponse {
        .json(
            ([
                "name": "swift-bert", "version": .string(call.options.version),
                "extensions": call.options.allowsModelControl ? [.string(ModelRepository.name)] : [],
            ] as JSONValue).serializedBytes())
    }

    /// `GET /v2/health/live`
    static func live(_ call: Call) async throws -> WireResponse { .json(Array("{\"live\":true}".utf8)) }

    /// `GET /v2/health/ready`
    static func ready(_ call: Call) async throws -> WireResponse {
        let isReady = call.service.isReady
        return .json(Array("{\"ready\":\(isReady)}".utf8), status: isReady ? 200 : 503)
    }

    /// The name and type of an output, and its shape for a number of texts, or -1 for any number.
    private struct Output {
        let name: String
        let type: String
        let shape: @Sendable (Int) -> JSONValue

        func json(_ count: Int) -> JSONObject {
            ["name": .string(name), "datatype": .string(type), "shape": shape(count)]
        }
    }

    private static func outputs(of model: LoadedModel) -> [Output] {
        if model.task == .embedding {
            let width = model.dimension ?? -1
            return [Output(name: "embedding", type: "FP32") { [.int($0), .int(width)] }]
        }
        return [
            Output(name: "score", type: "FP32") { [.int($0)] }, Output(name: "label", type: "BYTES") { [.int($0)] },
        ]
    }

    /// Returns the requested outputs in their order, or all of them.
    private static func requested(_ body: Body, _ all: [Output]) throws(ServingError) -> [Output] {
        guard let node = body["outputs"] else { return all }
        let outputs = try Body.read {
            try node.elements().map { element in
                let name = try element.required("name")
                guard let output = all.first(where: { $0.name == name.value.stringValue }) else {
                    throw try name.failure(
                        .typeMismatch,
                        "unknown output \"\(name.string().prefix(80))\"; use \(all.map(\.name).joined(separator: " or "))"
                    )
                }
                return output
            }
        }
        return outputs.isEmpty ? all : outputs
    }

    /// `GET /v2/models/{m}`
    static func model(_ call: Call) async throws -> WireResponse {
        let (served, model) = try await call.model(for: tasks, named: call.argument)
        let outputs = JSONValue.array(outputs(of: model).map { .object($0.json(-1)) })
        let answer: JSONValue = [
            "name": .string(served.name), "versions": ["1"], "platform": "swift-bert",
            "inputs": [["name": "text", "datatype": "BYTES", "shape": [-1]]], "outputs": outputs,
        ]
        return .json(answer.serializedBytes())
    }

    /// `GET /v2/models/{m}/ready`
    static func modelReady(_ call: Call) async throws -> WireResponse {
        let served = try call.service.shelf.model(call.argument)
        _ = try await call.service.load(served)
        return .json(
            (["name": .string(served.name), "ready": true] as JSONValue).serializedBytes())
    }

    /// `POST /v2/models/{m}/infer`
    static func infer(_ call: Call) async throws -> WireResponse {
        if call.request.header("inference-header-content-length") != nil {
            throw ServingError(
                .invalidValue,
                "binary tensor data is not supported; send the tensor's data as JSON (binary_data=False in tritonclient)"
            )
        }
        let body = try call.body()
        let (served, model) = try await call.model(
            for: tasks, named: call.argument)
        let inputs = try Body.read { try body.required("inputs").elements() }
        guard inputs.count == 1, let input = inputs.first else {
            throw ServingError.invalid("inputs", "expected one input called \"text\", found \(inputs.count)")
        }
        let outputs = try requested(body, outputs(of: model))
        let texts = try Body.read {
            let name = try input.required("name")
            guard try name.string() == "text" else {
                throw try name.failure(.typeMismatch, "unknown input \"\(name.string().prefix(80))\"; use text")
            }
            let type = try input.required("datatype").string()
            guard type == "BYTES" else {
                throw try input.required("datatype").failure(.typeMismatch, "expected \"BYTES\", found \"\(type)\"")
            }
            if input["parameters"]?["binary_data_size"] != nil {
                throw input.failure(
                    .typeMismatch, "binary tensor data is not supported; send the tensor's data as JSON")
            }
            return try flat(input.required("data"))
        }
        let shape = try Body.read { try input.required("shape").elements().map { try $0.int(in: 0...1 << 30) } }
        guard shape.reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue }) == texts.count else {
            throw ServingError.invalid(
                "inputs[0].shape", "the shape \(shape) doesn't match \(texts.count) texts")
        }
        guard !texts.isEmpty else { throw ServingError(.emptyInput, "`inputs[0].data` cannot be empty") }
        guard texts.count <= call.options.maxClientBatchSize else {
            throw ServingError(
                .tooManyInputs, "\(texts.count) texts; the maximum is \(call.options.maxClientBatchSize)")
        }
        let items = TextItems(texts.map { .text($0) }, parameter: "inputs[0].data")
        var json = JSONBytes()
        json.raw("{\"model_name\":")
        json.value(.string(served.name))
        json.raw(",\"model_version\":\"1\"")
        if let id = try body.string("id") {
            json.raw(",\"id\":")
            json.value(.string(id))
        }
        json.raw(",\"outputs\":[")
        let timing: Timing
        let write: (inout JSONBytes, String) -> Void
        if model.task == .embedding {
            let result = try await call.embed(
                EmbeddingRequest(items: items, cutting: call.cutting(body)), model, served)
            write = { json, _ in json.floats(result.vectors.flatMap { $0 }) }
            timing = result.timing
        } else {
            let result = try await call.classify(
                ClassificationRequest(items: items, cutting: call.cutting(body)), model, served)
            let best = result.rows.compactMap { $0.labels(model, raw: false).first }
            write = { json, name in
                if name == "score" {
                    json.floats(best.map(\.score))
                } else {
                    json.value(.array(best.map { .string($0.name) }))
                }
            }
            timing = result.timing
        }
        for (place, output) in outputs.enumerated() {
            if place > 0 { json.raw(",") }
            json.raw("{\"name\":")
            json.value(.string(output.name))
            json.raw(",\"datatype\":")
            json.value(.string(output.type))
            json.raw(",\"shape\":")
            json.value(output.shape(texts.count))
            json.raw(",\"data\":")
            write(&json, output.name)
            json.raw("}")
        }
        json.raw("]}")
        return WireResponse.json(json.bytes).with(timing, call, served, task: model.task.rawValue)
    }

    /// Returns the strings of a possibly nested list, in order.
    private static func flat(_ node: JSONNode) throws(JSONError) -> [String] {
        if let text = node.value.stringValue { return [text] }
        var texts: [String] = []
        for element in try node.elements() { texts += try flat(element) }
        return texts
    }
}

import BertJSON

/// The model repository extension of the Open Inference Protocol: lists, loads and unloads models.
enum ModelRepository {
    /// The name of the extension.
    static let name = "model_repository"

    /// `POST /v2/repository/index`
    static func index(_ call: Call) async throws -> WireResponse {
        let onlyReady = call.request.body.isEmpty ? false : try call.body().bool("ready") ?? false
        let models = call.service.shelf.models.filter { !onlyReady || $0.loaded != nil }
        return .json(
            JSONValue.array(
                models.map { served in
                    var (state, reason) = ("UNAVAILABLE", "unloaded; the next request loads it")
                    switch served.state {
                    case .loaded: (state, reason) = ("READY", "")
                    case .loading: (state, reason) = ("LOADING", "")
                    case .failed(let error): reason = "\(ServedModel.servingError(served.name, error))"
                    case .unloaded: if served.loaded != nil { (state, reason) = ("READY", "being reloaded") }
                    }
                    return [
                        "name": .string(served.name), "version": "1", "state": .string(state),
                        "reason": .string(reason),
                    ]
                }
            ).serializedBytes())
    }

    /// `POST /v2/repository/models/{m}/load`: loads a model, and waits for it. A model that couldn't be loaded is read
    /// again.
    static func load(_ call: Call) async throws -> WireResponse {
        let served = try model(call)
        if !call.request.body.isEmpty, let parameters = try call.body()["parameters"],
            let name = try Body.read({ try parameters.members().first?.key })
        {
            throw ServingError.invalid(
                "parameters.\(name.prefix(80))", "is not supported; models are loaded from the server's own folders")
        }
        if case .failed = served.state { try await served.reload() }
        _ = try await call.service.load(served)
        return .json(Array("{}".utf8))
    }

    /// `POST /v2/repository/models/{m}/unload`: unloads a model as soon as no batch uses it. The next request loads it
    /// again.
    static func unload(_ call: Call) async throws -> WireResponse {
        let served = try model(call)
        if !call.request.body.isEmpty { _ = try call.body().object("parameters") }
        if case .loading = served.state {
            throw ServingError(
                .loading, "the model \"\(served.name)\" is being loaded; unload it afterwards", retryAfter: 1)
        }
        call.service.unload(served)
        return .json(Array("{}".utf8))
    }

    private static func model(_ call: Call) throws(ServingError) -> ServedModel {
        guard call.options.allowsModelControl else {
            throw ServingError(
                .forbidden, "this server doesn't allow clients to load and unload models; start it with --model-control"
            )
        }
        return try call.service.shelf.model(call.argument)
    }
}

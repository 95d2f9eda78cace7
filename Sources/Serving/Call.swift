import BertCore
import BertJSON
import BertModels
import BertPipelines
import BertTokenizers

/// A request in progress.
struct Call: Sendable {
    let service: BertService
    let request: WireRequest
    let arrived: ContinuousClock.Instant
    /// The model in the path.
    let model: ServedModel?
    /// The variable part of the path: a task or a name.
    var argument = ""
    var priority: Priority
    let deadline: ContinuousClock.Instant?

    var options: ServiceOptions { service.options }

    /// Returns the call with the priority given in the body. 0 is the highest priority.
    func prioritized(_ body: Body) throws(ServingError) -> Call {
        guard let number = try body.int("priority", in: Int.min...Int.max) else { return self }
        var call = self
        call.priority = number <= 0 ? .interactive : .bulk
        return call
    }

    /// Parses the body.
    func body() throws(ServingError) -> Body { try Body(request.body) }

    /// Returns the model named in the path or the body, or else the first model that supports a task.
    ///
    /// - Throws: ``ServingError`` if the model doesn't support any of the tasks, or can't be loaded.
    func model(for tasks: [ServedTask], named name: String? = nil) async throws -> (ServedModel, LoadedModel) {
        let served: ServedModel
        if let model {
            served = model
        } else if let name, !name.isEmpty {
            served = try service.shelf.model(name)
        } else {
            return try await defaultModel(for: tasks)
        }
        let loaded = try await service.load(served)
        guard tasks.contains(loaded.task) else {
            throw ServingError(
                .unsupportedTask,
                """
                the model "\(served.name)" supports \(loaded.capabilities.joined(separator: ", ")); this path requires a model for \
                \(tasks.map(\.rawValue).joined(separator: " or "))
                """, parameter: name == nil ? nil : "model")
        }
        return (served, loaded)
    }

    /// Returns the first model that supports one of the tasks, in the order of the tasks.
    private func defaultModel(for tasks: [ServedTask]) async throws -> (ServedModel, LoadedModel) {
        var failure: (any Error)?
        for task in tasks {
            for served in service.shelf.models where served.task.map({ $0 == task }) ?? true {
                do {
                    let loaded = try await service.load(served)
                    if loaded.task == task { return (served, loaded) }
                } catch {
                    failure = failure ?? error
                }
            }
        }
        // A model that can't be loaded may be the intended one.
        if let failure { throw failure }
        throw ServingError(
            .unsupportedTask,
            """
            no model supports \(tasks.map(\.rawValue).joined(separator: " or ")); the models are \
            \(service.shelf.models.map { "\($0.name) (\($0.loaded?.capabilities.joined(separator: ", ") ?? $0.state.name))" }
                .joined(separator: ", "))
            """)
    }

    /// Computes rows and updates the metrics. An error names the input that caused it.
    func compute(
        _ rows: [Row], on model: LoadedModel, of served: ServedModel, input: (Int) -> String? = { _ in nil }
    ) async throws -> EngineResult {
        let metrics = service.metrics
        metrics.observe(
            "te_request_input_length", rows.lazy.map { Double($0.tokens) }, bounds: Metrics.Bounds.powers(14))
        let result: EngineResult
        do {
            result = try await service.engine.compute(
                rows, on: model.computer, model: served.name, priority: priority, deadline: deadline)
        } catch { throw ServingError.wrapping(error, input: input) }
        metrics.count("bert_tokens_total", ["model": served.name], by: Double(result.tokens))
        var computed = 0
        var exits: [Int: Int] = [:]
        for case .logits(_, let layer) in result.outputs {
            computed += layer
            if model.hasOffRamps { exits[layer, default: 0] += 1 }
        }
        for (layer, count) in exits {
            metrics.count("bert_exit_layer_total", ["model": served.name, "layer": "\(layer)"], by: Double(count))
        }
        if computed > 0 {
            metrics.count("bert_layers_computed_total", ["model": served.name], by: Double(computed))
            metrics.count(
                "bert_layers_total", ["model": served.name],
                by: Double(result.outputs.count * model.config.numHiddenLayers))
        }
        return result
    }

    /// Runs long work on a thread of the thread pool, and short work directly.
    func onThread<Value: Sendable>(
        if isLong: Bool, of served: ServedModel, _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        guard isLong else { return try body() }
        do { return try await service.threads.run(body) } catch let error as CancellationError {
            service.metrics.gaveUp(served.name, expired: false)
            throw error
        }
    }

    /// Returns the truncation of texts: `truncate` and `truncation_direction`.
    func cutting(_ body: Body) throws(ServingError) -> RowTokenizer.Cutting {
        var cutting = RowTokenizer.Cutting(truncates: try body.bool("truncate") ?? options.autoTruncate)
        if let direction = try body.string("truncation_direction") {
            switch direction.lowercased() {
            case "right": cutting.side = .right
            case "left": cutting.side = .left
            default:
                throw .invalid("truncation_direction", "expected \"Right\" or \"Left\", found \"\(direction)\"")
            }
        }
        return cutting
    }
}

/// The times of the parts of a request, for headers and metrics.
struct Timing: Sendable {
    var tokenizing = Duration.zero
    var queued = Duration.zero
    var computed = Duration.zero
    var characters = 0
    var texts = 1
    var tokens = 0
    var layers: (computed: Int, total: Int)?
    var exits: [Int] = []
}

extension WireResponse {
    /// Returns the response with the times in the headers of text-embeddings-inference.
    func with(_ timing: Timing, _ call: Call, _ served: ServedModel, task: String) -> WireResponse {
        var response = self
        let total = ContinuousClock.now - call.arrived
        response.headers += [
            ("x-compute-type", "cpu"), ("x-compute-time", "\(total.milliseconds)"),
            ("x-compute-characters", "\(timing.characters)"), ("x-compute-tokens", "\(timing.tokens)"),
            ("x-total-time", "\(total.milliseconds)"), ("x-tokenization-time", "\(timing.tokenizing.milliseconds)"),
            ("x-queue-time", "\(timing.queued.milliseconds)"), ("x-inference-time", "\(timing.computed.milliseconds)"),
        ]
        if let layers = timing.layers {
            let exits = timing.exits.prefix(64).map { "\($0)" }.joined(separator: ",")
            response.headers += [
                ("x-exit-layers", exits), ("x-compute-layers", "\(layers.computed)/\(layers.total)"),
            ]
        }
        response.context.model = served.name
        response.context.task = task
        response.context.isBatch = timing.texts > 1
        let metrics = call.service.metrics
        metrics.observe("te_request_tokenization_duration", timing.tokenizing.seconds)
        metrics.observe("te_request_queue_duration", timing.queued.seconds)
        metrics.observe("te_request_inference_duration", timing.computed.seconds)
        return response
    }
}

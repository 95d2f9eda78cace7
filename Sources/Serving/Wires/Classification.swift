import BertCore
import BertJSON
import BertModels
import BertPipelines
import BertTokenizers

/// The inputs of a classification, and the exit policy.
struct ClassificationRequest: Sendable {
    var items: TextItems
    var cutting: RowTokenizer.Cutting
    var policy: ExitPolicy?
}

/// The logits of each text, and the times.
struct ClassificationResult: Sendable {
    struct Row: Sendable {
        let logits: [Float]
        let exitLayer: Int
    }

    var rows: [Row]
    var timing: Timing
}

extension Call {
    /// Computes the logits of texts and pairs.
    func classify(
        _ request: ClassificationRequest, _ model: LoadedModel, _ served: ServedModel
    ) async throws -> ClassificationResult {
        var timing = Timing()
        timing.characters = request.items.items.reduce(0) { $0 + $1.characters }
        timing.texts = request.items.items.count
        let started = ContinuousClock.now
        let isLong = request.items.items.reduce(0) { $0 + $1.bytes } > 4096
        let rows = try await onThread(if: isLong, of: served) { () throws -> [Row] in
            try request.items.items.enumerated().map { place, item in
                try Cancellation.check()
                let name = request.items.name(place)
                switch item {
                case .ids(let ids):
                    let ids = try model.text.ids(
                        ids, request.cutting, vocabulary: model.config.vocabSize, parameter: name)
                    return Row(
                        kind: .logits, ids: ids, types: [Int32](repeating: 0, count: ids.count), policy: request.policy)
                case .text(let text):
                    let encoding = try model.text.encode(text, request.cutting, parameter: name)
                    return Row(kind: .logits, ids: encoding.ids, types: encoding.typeIDs, policy: request.policy)
                case .pair(let text, let pair):
                    let encoding = try model.text.encode(text, pair: pair, request.cutting, parameter: name)
                    return Row(kind: .logits, ids: encoding.ids, types: encoding.typeIDs, policy: request.policy)
                }
            }
        }
        timing.tokenizing = ContinuousClock.now - started
        timing.tokens = rows.reduce(0) { $0 + $1.tokens }
        let result = try await compute(rows, on: model, of: served) { request.items.name($0) }
        timing.queued = result.queued
        timing.computed = result.computed
        let outputs = try result.outputs.map { output -> ClassificationResult.Row in
            guard case .logits(let logits, let layer) = output else {
                throw ServingError.internalError("the result of a row has no logits")
            }
            return ClassificationResult.Row(logits: logits, exitLayer: layer)
        }
        timing.exits = outputs.map(\.exitLayer)
        timing.layers = (timing.exits.reduce(0, +), model.config.numHiddenLayers * outputs.count)
        return ClassificationResult(rows: outputs, timing: timing)
    }
}

extension ClassificationResult.Row {
    /// A label and its score.
    struct Label {
        let name: String
        let score: Float

        /// `{"label": …, "score": …}`
        var json: JSONValue { ["label": .string(name), "score": .float(score)] }
    }

    /// Returns all labels in descending order of score, with the scores of text-embeddings-inference: the softmax, or
    /// the sigmoid of each logit if there is a single label or a multi-label model.
    func labels(_ model: LoadedModel, raw: Bool) -> [Label] {
        let function: ScoreFunction =
            raw
            ? .none
            : model.config.numLabels == 1 || model.config.problemType == .multiLabelClassification ? .sigmoid : .softmax
        return labels(model, function)
    }

    /// Returns all labels in descending order of score. Labels with equal scores keep their order.
    func labels(_ model: LoadedModel, _ function: ScoreFunction) -> [Label] {
        let scores = function(logits)
        return scores.indices.sorted { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1] }.map {
            Label(name: model.config.labels[$0], score: Float(scores[$0]))
        }
    }

    /// The entropy of the probabilities, in nats.
    var entropy: Float { BertModels.entropy(logits) }
}

/// The exit policy of a request.
struct ExitRequest: Sendable {
    /// The policy, or nil for the checkpoint's own.
    var policy: ExitPolicy?

    /// Parses the member `exit` of this server's extensions.
    init(_ body: Body, _ model: LoadedModel) throws(ServingError) {
        let exit = try body.object("exit")
        let names = (policy: "policy", threshold: "threshold", patience: "patience", regression: "regression_threshold")
        try Self.check(exit.names, names, path: "exit.")
        try self.init(exit, model, names: names, path: "exit.")
    }

    /// Parses `exit_policy` and related parameters of the Hugging Face API.
    init(parameters: Body, _ model: LoadedModel) throws(ServingError) {
        let names = (
            policy: "exit_policy", threshold: "exit_threshold", patience: "exit_patience",
            regression: "exit_regression_threshold"
        )
        try Self.check(parameters.names.filter { $0.hasPrefix("exit_") }, names, path: "parameters.")
        try self.init(parameters, model, names: names, path: "parameters.")
    }

    private typealias Names = (policy: String, threshold: String, patience: String, regression: String)

    /// Refuses unknown members, because a misspelled one would have no effect.
    private static func check(_ found: [String], _ names: Names, path: String) throws(ServingError) {
        let known = [names.policy, names.threshold, names.patience, names.regression]
        guard let unknown = found.first(where: { !known.contains($0) }) else { return }
        let near = unknown.utf8.count <= 200 ? Spelling.nearest(to: unknown, among: known) : nil
        throw .invalid(
            path + unknown.prefix(80),
            near.map { "is unknown; did you mean \($0)?" } ?? "is unknown; use \(known.joined(separator: ", "))")
    }

    private init(
        _ body: Body, _ model: LoadedModel, names: Names, path: String
    ) throws(ServingError) {
        let name = try body.string(names.policy) ?? "model"
        let patience = try body.int(names.patience, in: 0...1 << 20)
        let regression = try body.number(names.regression).map { Float($0) } ?? 0
        guard regression >= 0 else { throw .invalid(path + names.regression, "is \(regression); at least 0") }
        let thresholds: [Float]? = try Body.read {
            try body[names.threshold].map { node in
                node.value.arrayValue != nil
                    ? try node.elements().map { Float(try $0.double()) } : [Float(try node.double())]
            }
        }
        func needed<Value>(_ value: Value?, _ member: String) throws(ServingError) -> Value {
            guard let value else {
                throw ServingError(
                    .missingParameter, "the policy \"\(name)\" requires it", parameter: path + member)
            }
            return value
        }
        switch name {
        case "model":
            for member in [names.threshold, names.patience, names.regression] where body[member] != nil {
                throw .invalid(
                    path + member, "has no effect without a policy; set \(names.policy), for example to \"entropy\"")
            }
            policy = nil
        case "none": policy = .never
        case "entropy": policy = .entropy(try needed(thresholds, names.threshold))
        case "patience":
            policy = .patience(try needed(patience, names.patience), regressionThreshold: regression)
        case "entropy_patience":
            let thresholds = try needed(thresholds, names.threshold)
            guard thresholds.count == 1 else {
                throw .invalid(path + names.threshold, "the policy \"entropy_patience\" requires a single number")
            }
            policy = .entropyPatience(thresholds[0], layers: try needed(patience, names.patience))
        case "score":
            guard case .score(var score)? = try? model.config.exitPolicy else {
                throw .invalid(path + names.policy, "the model has no learned exit score (early_exit_score)")
            }
            if let thresholds {
                guard thresholds.count == 1 else {
                    throw .invalid(path + names.threshold, "the policy \"score\" requires a single number")
                }
                score.threshold = Double(thresholds[0])
            }
            policy = .score(score)
        default:
            throw .invalid(
                path + names.policy,
                "unknown policy \"\(name)\"; use none, entropy, patience, entropy_patience, score or model")
        }
        guard let policy, policy != .never else {
            if policy == .never, !model.hasOffRamps { self.policy = nil }
            return
        }
        guard model.hasOffRamps else {
            throw .invalid(
                path + names.policy, "the model has no off-ramps, so early exit is not supported; omit the policy")
        }
        do { try policy.check(layers: model.config.numHiddenLayers) } catch {
            throw .invalid(path + names.threshold, (error as? BertError)?.message ?? "\(error)")
        }
    }

    /// Returns a policy in the format of a request.
    static func json(_ policy: ExitPolicy) -> JSONValue {
        switch policy {
        case .never: ["policy": "none"]
        case .entropy(let thresholds):
            [
                "policy": "entropy",
                "threshold": thresholds.count == 1 ? .float(thresholds[0]) : .array(thresholds.map { .float($0) }),
            ]
        case .patience(let layers, let threshold):
            ["policy": "patience", "patience": .int(layers), "regression_threshold": .float(threshold)]
        case .entropyPatience(let threshold, let layers):
            ["policy": "entropy_patience", "threshold": .float(threshold), "patience": .int(layers)]
        case .confidence(let confidence): ["policy": "confidence", "threshold": .float(confidence)]
        case .fixedLayer(let layer): ["policy": "fixed_layer", "layer": .int(layer)]
        case .score(let score): ["policy": "score", "threshold": .double(score.threshold)]
        }
    }
}

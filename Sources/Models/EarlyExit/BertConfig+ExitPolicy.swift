import BertCheckpoints
import BertCore
public import BertJSON

extension BertConfig {
    /// The exit policy that the configuration specifies; ``ExitPolicy/never`` if it doesn't specify one.
    ///
    /// The keys of the research code are `early_exit_entropy` (a number, or one per layer), `patience` with
    /// `regression_threshold`, or both an entropy and a patience for ``ExitPolicy/entropyPatience(_:layers:)``. Two
    /// more keys are specific to this package: `early_exit_confidence`, a number, and `early_exit_score`, an
    /// ``ExitScore``.
    ///
    /// - Throws: ``BertError`` with code `invalidConfiguration` for values of the wrong type, and for keys of more than
    ///   one policy.
    public var exitPolicy: ExitPolicy {
        get throws {
            do {
                return try readExitPolicy(JSONNode(.object(raw), source: BertConfig.fileName))
            } catch {
                throw BertError(.invalidConfiguration, error)
            }
        }
    }

    private func readExitPolicy(_ config: JSONNode) throws(JSONError) -> ExitPolicy {
        let patience = try config["patience"]?.int(in: 0...Int(Int32.max)) ?? 0
        let alone = [ExitPolicy.Key.score, .confidence].filter { config[$0.rawValue] != nil }
        if let key = alone.first, let node = config[key.rawValue] {
            let others = ExitPolicy.Key.allCases.filter {
                $0 != key && $0 != .regressionThreshold && config[$0.rawValue] != nil
                    && ($0 != .patience || patience > 0)
            }
            if let other = others.first {
                throw node.failure(
                    .typeMismatch, "this and \(other.rawValue) are two exit policies; remove one of them")
            }
            return key == .confidence ? .confidence(Float(try node.double())) : .score(try score(node))
        }
        guard let entropy = config[ExitPolicy.Key.entropy.rawValue] else {
            let threshold = Float(try config[ExitPolicy.Key.regressionThreshold.rawValue]?.double() ?? 0)
            return patience > 0 ? .patience(patience, regressionThreshold: threshold) : .never
        }
        if entropy.value.arrayValue != nil {
            return .entropy(try entropy.elements().map { (node) throws(JSONError) in Float(try node.double()) })
        }
        let threshold = Float(try entropy.double())
        return patience > 0 ? .entropyPatience(threshold, layers: patience) : .entropy(threshold)
    }

    private func score(_ node: JSONNode) throws(JSONError) -> ExitScore {
        guard numLabels > 1 else {
            throw node.failure(
                .typeMismatch, "an exit score requires at least two labels, but the model has \(numLabels)")
        }
        let names = try node.required("features").elements()
        let features = try names.map { (name) throws(JSONError) in try name.choice() as ExitScore.Feature }
        let layers = try node.required("layers").elements().map { (layer) throws(JSONError) -> ExitScore.Layer? in
            guard !layer.isNull else { return nil }
            let weights = try layer.required("weights").elements()
            guard weights.count == features.count else {
                throw layer.failure(.typeMismatch, "\(weights.count) weights for \(features.count) features")
            }
            return ExitScore.Layer(
                bias: try layer.required("bias").double(),
                weights: try weights.map { (weight) throws(JSONError) in try weight.double() })
        }
        return ExitScore(threshold: try node.required("threshold").double(), features: features, layers: layers)
    }
}

extension ExitPolicy {
    /// The keys of `config.json` that configure early exit.
    package enum Key: String, CaseIterable, Sendable {
        case entropy = "early_exit_entropy"
        case score = "early_exit_score"
        case confidence = "early_exit_confidence"
        case patience
        case regressionThreshold = "regression_threshold"
    }

    /// Returns the members of `config.json` that specify this policy; none for ``never``.
    ///
    /// A fixed layer is written as one entropy threshold per layer: no entropy is below −1, and all are below 1,000.
    ///
    /// - Parameter layers: The number of layers of the model.
    public func configuration(layers: Int) -> JSONObject {
        switch self {
        case .never: [:]
        case .entropy(let thresholds) where thresholds.count == 1: [Key.entropy.rawValue: .float(thresholds[0])]
        case .entropy(let thresholds): [Key.entropy.rawValue: .array(thresholds.map { .float($0) })]
        case .patience(let patience, let threshold):
            threshold == 0
                ? [Key.patience.rawValue: .int(patience)]
                : [Key.patience.rawValue: .int(patience), Key.regressionThreshold.rawValue: .float(threshold)]
        case .entropyPatience(let threshold, let count):
            [Key.entropy.rawValue: .float(threshold), Key.patience.rawValue: .int(count)]
        case .confidence(let confidence): [Key.confidence.rawValue: .float(confidence)]
        case .fixedLayer(let layer):
            [Key.entropy.rawValue: .array((1...layers).map { .float($0 == layer ? 1_000 : -1) })]
        case .score(let score): [Key.score.rawValue: score.json]
        }
    }
}

extension ExitScore {
    /// The value of `early_exit_score`.
    fileprivate var json: JSONValue {
        [
            "threshold": .double(threshold), "features": .array(features.map { .string($0.rawValue) }),
            "layers": .array(
                layers.map { layer in
                    layer.map { ["bias": .double($0.bias), "weights": .array($0.weights.map { .double($0) })] } ?? .null
                }),
        ]
    }
}

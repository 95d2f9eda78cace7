import Bert
import BertJSON
import Foundation
import TestSupport
import Testing

/// Tests exit policies: invalid ones, the checkpoint's own, and their common behavior.
struct ExitPolicyTests {
    private static func model(
        _ folder: String = "deebert", with keys: JSONObject = [:]
    ) throws -> DeeBertForSequenceClassification {
        let files = try ModelFiles(folder: Fixtures.path("models/\(folder)"))
        var json = try #require(try BertConfig(files).json.objectValue)
        for (key, value) in keys { json[key] = value }
        return try DeeBertForSequenceClassification.fromPretrained(
            BertConfig(.object(json)), Checkpoint(files), on: BackendRegistry.shared.backend("reference"))
    }

    private static func input(_ count: Int = 6) -> ModelInput {
        let rows: [[Int32]] = (0..<count).map { row in
            let first = 5 + 13 * row
            return (0..<row % 3 + 2).map { column -> Int32 in Int32((first + 7 * column) % 100 + 5) }
        }
        return ModelInput(ids: rows)
    }

    @Test(
        arguments: [
            (ExitPolicy.entropy(.nan), "entropy", nil, nil), (.entropy(.infinity), "entropy", .double(.infinity), nil),
            (.entropy([0.1, 0.2]), "entropy", 2, 4), (.entropy([]), "entropy", 0, 4),
            (.entropy([0.1, .nan, 0.1, 0.1]), "entropy", nil, nil), (.patience(-1), "patience", -1, 0),
            (.patience(1, regressionThreshold: .nan), "regressionThreshold", nil, nil),
            (.patience(1, regressionThreshold: -1), "regressionThreshold", -1.0, nil),
            (.entropyPatience(.nan, layers: 1), "entropy", nil, nil),
            (.entropyPatience(0.5, layers: 0), "layers", 0, 1),
            (.confidence(.infinity), "confidence", .double(.infinity), nil), (.fixedLayer(0), "fixedLayer", 0, 4),
            (.fixedLayer(5), "fixedLayer", 5, 4), (.fixedLayer(.min), "fixedLayer", .int(.min), 4),
            (.score(ExitScore(threshold: 0.9, layers: [nil, nil])), "score.layers", 2, 4),
            (.score(ExitScore(threshold: .nan, layers: [nil, nil, nil, nil])), "score.threshold", nil, nil),
            (
                .score(ExitScore(threshold: 0.9, layers: [nil, .init(bias: 0, weights: [1]), nil, nil])),
                "score.layers[1]", 1, 6
            ),
            (
                .score(
                    ExitScore(
                        threshold: 0.9, features: [.margin], layers: [.init(bias: .nan, weights: [1]), nil, nil, nil])),
                "score.layers[0]", "nan", nil
            ),
        ] as [(ExitPolicy, String, BertError.Value?, BertError.Value?)])
    func `a policy that can't be is an error`(
        policy: ExitPolicy, key: String, value: BertError.Value?, limit: BertError.Value?
    ) throws {
        expectError(.invalidArgument, key: key, value: value, limit: limit) {
            try Self.model().classify(Self.input(), policy: policy)
        }
    }

    private static let score = ExitScore(
        threshold: 0.6, features: [.entropy, .logTokens, .sameClass],
        layers: [.init(bias: 1, weights: [-1, 0.25, 0]), nil, .init(bias: 0.5, weights: [-0.5, -0.25, 2]), nil])
    private static let scoreJSON: JSONValue = [
        "threshold": 0.6, "features": ["entropy", "log_tokens", "same_class"],
        "layers": [
            ["bias": 1, "weights": [-1, 0.25, 0]], nil, ["bias": 0.5, "weights": [-0.5, -0.25, 2]], nil,
        ],
    ]

    private static let own: [(JSONObject, ExitPolicy)] = [
        (["early_exit_entropy": 0.9], .entropy(0.9)),
        (["early_exit_entropy": [0.1, 0.9, 0.9, 1]], .entropy([0.1, 0.9, 0.9, 1])),
        (["patience": 2, "regression_threshold": 0.25], .patience(2, regressionThreshold: 0.25)),
        (["patience": 2, "early_exit_entropy": 1.2], .entropyPatience(1.2, layers: 2)),
        (["early_exit_entropy": [-1, 1000, -1, -1]], .fixedLayer(2)),
        (["early_exit_confidence": 0.5, "patience": 0], .confidence(0.5)),
        (["early_exit_score": scoreJSON], .score(score)),
        (["patience": 0], .never),
        (["patience": nil, "early_exit_entropy": nil], .never),
        ([:], .never),
    ]

    @Test(arguments: own)
    func `the checkpoint's own policy holds unless the call has one`(keys: JSONObject, policy: ExitPolicy) throws {
        let model = try Self.model(with: keys)
        let asked = try model.config.exitPolicy
        #expect(asked.configuration(layers: 4) == policy.configuration(layers: 4))
        let own = try model.classify(Self.input())
        #expect(own.exitLayer == (try model.classify(Self.input(), policy: policy).exitLayer))
        #expect(try model.classify(Self.input(), policy: .never).exitLayer == Array(repeating: 4, count: 6))
        let plain = try model.forward(Self.input())
        #expect(try model.backend.floats(plain.logits) == model.backend.floats(own.logits))
    }

    private static let wrong: [(JSONObject, String)] = [
        (["early_exit_entropy": "low"], "early_exit_entropy"), (["patience": -1], "patience"),
        (["patience": 1.5], "patience"), (["early_exit_entropy": [0.1, "x"]], "early_exit_entropy[1]"),
        (["patience": 1, "regression_threshold": true], "regression_threshold"),
        (["early_exit_confidence": 0.9, "early_exit_entropy": 0.1], "early_exit_confidence"),
        (["early_exit_score": scoreJSON, "patience": 2], "early_exit_score"),
        (["early_exit_score": 0.9], "early_exit_score"),
        (["early_exit_score": ["threshold": 1, "features": ["luck"], "layers": []]], "early_exit_score.features[0]"),
        (
            ["early_exit_score": ["threshold": 1, "features": [], "layers": [["bias": 0, "weights": [1]]]]],
            "early_exit_score.layers[0]"
        ),
    ]

    @Test(arguments: wrong)
    func `a checkpoint's policy that is none is an error that names the key`(keys: JSONObject, key: String) throws {
        let model = try Self.model(with: keys)
        expectError(.invalidConfiguration, file: "config.json", key: key) { try model.classify(Self.input()) }
    }

    @Test(arguments: [
        ExitPolicy.entropy(0.95), .entropy([0.8, 0.9, 1, 1]), .entropyPatience(1.05, layers: 2), .confidence(0.5),
        .fixedLayer(2), .patience(1), .never, .score(score),
    ])
    func `a sequence leaves a batch as it does alone`(policy: ExitPolicy) throws {
        let model = try Self.model()
        let input = Self.input()
        let batch = try model.classify(input, policy: policy, offRamps: true)
        let logits = try model.backend.floats(batch.logits)
        var start = 0
        for (row, length) in input.lengths.enumerated() {
            guard case .ids(let ids) = input.words else { return }
            let alone = try model.classify(
                ModelInput(ids: [Array(ids[start..<start + length])]), policy: policy, offRamps: true)
            start += length
            #expect(alone.exitLayer == [batch.exitLayer[row]])
            #expect(alone.exitedFromOffRamp == [batch.exitedFromOffRamp[row]])
            // On the reference backend, the results of a sequence are bitwise equal in any batch.
            #expect(try model.backend.floats(alone.logits) == Array(logits[row * 3..<(row + 1) * 3]))
            #expect(alone.offRamps?[0] == batch.offRamps?[row])
        }
    }

    @Test func `a score reads the tokens that are seen, and leaves where its regression says`() throws {
        // The score decreases with the number of tokens: σ(3 − log tokens · 2) > ½ up to e^1.5 = 4.48 tokens.
        let score = ExitScore(
            threshold: 0.5, features: [.logTokens], layers: [.init(bias: 3, weights: [-2]), nil, nil, nil])
        let model = try Self.model()
        let ids: [Int32] = [5, 7, 9, 11, 13]
        func exits(_ input: ModelInput) throws -> [Int] { try model.classify(input, policy: .score(score)).exitLayer }
        #expect(try exits(ModelInput(ids: [Array(ids.prefix(4)), ids])) == [1, 4])
        var padded = ModelInput(ids: [ids, ids])
        padded.mask = .tokens([true, true, true, true, false] + Array(repeating: true, count: 5))
        #expect(try exits(padded) == [1, 4])
    }

    @Test func `a policy is saved into config.json in place of the one there, and all else stays`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("exits-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.copyItem(atPath: Fixtures.path("models/deebert"), toPath: folder)
        let before = try BertConfig(ModelFiles(folder: folder)).raw
        #expect(try ExitPolicy.patience(2).save(in: folder).isEmpty)
        let old = try ExitPolicy.score(Self.score).save(in: folder)
        #expect(old == ["patience": 2])
        let saved = try BertConfig(ModelFiles(folder: folder))
        #expect(try saved.exitPolicy == .score(Self.score))
        var rest = saved.raw
        rest["early_exit_score"] = nil
        #expect(rest == before)
        let error = #expect(throws: BertError.self) { try ExitPolicy.fixedLayer(9).save(in: folder) }
        #expect(error?.code == .invalidArgument)
        #expect(try BertConfig(ModelFiles(folder: folder)).exitPolicy == .score(Self.score))
    }

    @Test func `leaving by the last off-ramp is not the same as going all the way`() throws {
        let model = try Self.model()
        let last = try model.classify(Self.input(), policy: .fixedLayer(4))
        let full = try model.classify(Self.input(), policy: .never)
        #expect(last.exitLayer == full.exitLayer)
        #expect(last.exitedFromOffRamp.allSatisfy { $0 })
        #expect(full.exitedFromOffRamp.allSatisfy { !$0 })
        #expect(try model.backend.floats(last.logits) != model.backend.floats(full.logits))
    }

    @Test func `the logits of an off-ramp can be had afterwards, as far as it was passed`() throws {
        let model = try Self.model()
        let output = try model.forward(
            Self.input(), labels: .classes([0, 1, 2, 0, 1, 2]),
            exits: EarlyExitOptions(policy: .fixedLayer(3), offRamps: true))
        let second = try model.classify(Self.input(), policy: .fixedLayer(2))
        #expect(try output.logits(ofOffRamp: 1).flatMap(\.self) == model.backend.floats(second.logits))
        #expect(output.offRampLosses?.count == 3)
        #expect(output.loss == output.offRampLosses?.last)
        expectError(.invalidArgument, record: 0, of: "sequence", value: 3, limit: 2) {
            try output.logits(ofOffRamp: 3)
        }
        #expect(throws: BertError.self) { try second.logits(ofOffRamp: 0) }
        let first = try model.forward(
            Self.input(), labels: .classes([0, 1, 2, 0, 1, 2]),
            exits: EarlyExitOptions(policy: .fixedLayer(1), offRamps: true))
        #expect(first.highwayTrainingLoss == 0)
    }

    @Test func `named outputs tell of every sequence where it left, and are NaN behind it`() throws {
        let model = try Self.model()
        let ids = NamedTensor("input_ids", integers: (0..<12).map { Int64(5 + 7 * $0 % 90) }, shape: [4, 3])
        let request = ForwardRequest([ids], hiddenStates: true, attentions: true, policy: .entropy(0.95))
        let outputs = Dictionary(uniqueKeysWithValues: try model.namedOutputs(request).map { ($0.name, $0) })
        guard case .integers(let layers) = outputs["exit_layer"]?.values,
            case .integers(let byRamp) = outputs["exit_from_off_ramp"]?.values
        else {
            Issue.record("exit_layer and exit_from_off_ramp have to be integers")
            return
        }
        #expect(Set(layers).count > 1, "the test needs sequences that leave at different layers")
        #expect(layers.count == 4 && byRamp.count == 4)
        for ramp in 0..<Int(layers.max() ?? 0) {
            let entropies = try #require(outputs["off_ramp_entropy.\(ramp)"]?.floats)
            let logits = try #require(outputs["off_ramp_logits.\(ramp)"])
            #expect(logits.shape == [4, 3])
            #expect(entropies.map(\.isNaN) == layers.map { $0 <= ramp })
            #expect(logits.floats?.map(\.isNaN) == layers.flatMap { [Bool](repeating: $0 <= ramp, count: 3) })
            let attention = try #require(outputs["attentions.\(ramp)"])
            #expect(attention.shape == [4, 4, 3, 3])
            #expect(attention.floats?.map(\.isNaN) == layers.flatMap { [Bool](repeating: $0 <= ramp, count: 36) })
        }
        for state in 0...4 where outputs["hidden_states.\(state)"] != nil {
            // The inputs of the layers that a sequence passed. The last output exists only for sequences that passed
            // all layers.
            let gone = zip(layers, byRamp).map { $0 <= state && !(state == 4 && $1 == 0) }
            let values = outputs["hidden_states.\(state)"]?.floats
            #expect(values?.map(\.isNaN) == gone.flatMap { [Bool](repeating: $0, count: 3 * 32) })
        }
    }

    @Test func `statistics of nothing are no division by zero`() throws {
        var statistics = PatienceStatistics(patience: 3, layerCount: 6)
        #expect(statistics.description == "*** Patience = 3 Avg. Inference Layers = 0.00 Speed Up = 0.00 ***")
        statistics.add(try Self.model().classify(Self.input(), policy: .fixedLayer(3)))
        #expect(statistics.averageLayers == 3)
        #expect(statistics.speedUp == 0.5)
    }
}

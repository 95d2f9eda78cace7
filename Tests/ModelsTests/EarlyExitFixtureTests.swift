import Bert
import BertJSON
import TestSupport
import Testing

/// Compares every exit of the early-exit fixtures with the research code or, on other trunks, with PyTorch.
struct EarlyExitFixtureTests {
    @Test func `every early-exit fixture is loaded on every backend`() throws {
        let fixtures = try EarlyExitFixture.loaded()
        #expect(fixtures.count == 10 * AvailableBackends.names().count)
    }

    @Test(arguments: try EarlyExitFixture.loaded())
    func `every threshold and every patience gives what the research code gives, statistics included`(
        _ fixture: EarlyExitFixture
    ) throws {
        var count = 0
        var statistics: [ExitPolicy: PatienceStatistics] = [:]
        for fixtureCase in try FixtureCase.all(of: fixture.folder) {
            guard let exits = try fixtureCase.json.member("exits")?.elements() else { continue }
            let (input, labels) = (try fixtureCase.modelInput(), try fixtureCase.sequenceLabels())
            for exit in exits {
                count += 1
                let policy = try exit.policy()
                let output = try fixture.model.forward(
                    input, labels: labels,
                    exits: EarlyExitOptions(
                        policy: policy, offRamps: true, together: fixtureCase.name == "batch_joint_exit"),
                    options: ForwardOptions(hiddenStates: true, attentions: true))
                try check(output, exit, fixtureCase, fixture)
                if fixtureCase.name.hasPrefix("row"), case .patience(let patience, _) = policy {
                    statistics[
                        policy, default: PatienceStatistics(patience: patience, layerCount: output.layerCount)
                    ].add(output)
                }
            }
        }
        #expect(count > 0)
        for want in try fixture.json.member("stats_after_all_rows")?.elements() ?? [] {
            let got = try #require(statistics[want.policy()])
            #expect(got.inferenceLayers == (try want.required("inference_layers_num").int()))
            #expect(got.inferenceInstances == (try want.required("inference_instances_num").int()))
            #expect(got.description == (try want.required("log_stats").string()))
        }
    }

    private func check(
        _ output: EarlyExitClassifierOutput, _ exit: JSONNode, _ fixtureCase: FixtureCase, _ fixture: EarlyExitFixture
    ) throws {
        let place: Comment = "\(fixtureCase) \(exit.path) on \(fixture.backend.info.name)"
        let rows = output.exitLayer.count
        let layers = try exit.member("exit_layers")?.elements().map { try $0.int() }
        try #expect(
            output.exitLayer == layers ?? Array(repeating: exit.required("exit_layer").int(), count: rows), place)
        if let ramps = exit.member("from_highway") {
            let want = try ramps.value.arrayValue == nil ? [ramps.bool()] : ramps.elements().map { try $0.bool() }
            #expect(output.exitedFromOffRamp == want, place)
        }
        let tolerance = try fixtureCase.tolerance
        let logits = try fixture.backend.floats(output.logits)
        let problem = try tolerance.mismatch(logits, fixtureCase.floats(exit.required("logits").string()))
        #expect(problem == nil, place)
        if let loss = exit.member("loss") {
            let problem = try tolerance.mismatch([#require(output.loss)], [Float(loss.double())])
            #expect(problem == nil, place)
        }
        if let want = exit.member("final_entropy") {
            let problem = try tolerance.mismatch([entropy(logits)], [Float(want.double())])
            #expect(problem == nil, place)
        }
        if let want = try exit.member("hidden_states_returned")?.int() {
            #expect(output.hiddenStates?.count == want, place)
        }
        if let want = try exit.member("attentions_returned")?.int() { #expect(output.attentions?.count == want, place) }
        if let want = try exit.member("highway_exits_returned")?.int() {
            #expect(output.offRamps?.first?.count == want, place)
        }
    }

    @Test(arguments: try EarlyExitFixture.loaded())
    func `off-ramps and hidden states are those of the research code`(_ fixture: EarlyExitFixture) throws {
        for fixtureCase in try FixtureCase.all(of: fixture.folder)
        where try !fixtureCase.outputs.isEmpty && fixtureCase.json.required("mode").string() == "eval" {
            let output = try fixture.model.forward(
                fixtureCase.modelInput(), labels: nil, exits: EarlyExitOptions(policy: .never, offRamps: true),
                options: ForwardOptions(hiddenStates: true, maskedTokens: true))
            for name in try fixtureCase.outputs {
                let got = try values(name, output, on: fixture.backend)
                let problem = try fixtureCase.tolerance.mismatch(got, fixtureCase.output(name))
                #expect(problem == nil, "\(fixtureCase) \(name) on \(fixture.backend.info.name)")
            }
        }
    }

    /// Returns the output with a name of the research code.
    private func values(
        _ name: String, _ output: EarlyExitClassifierOutput, on backend: any ComputeBackend
    ) throws -> [Float] {
        let parts = name.split(separator: ".")
        let index = parts.count > 1 ? try #require(Int(parts[1])) : 0
        let ramps = try #require(output.offRamps)
        switch parts[0] {
        case "final_logits": return try backend.floats(output.logits)
        case "highway_entropy": return ramps[0].map(\.entropy)
        case "highway_logits", "layer_logits": return ramps.flatMap { $0[index].logits }
        case "highway_pooled": return ramps.flatMap { $0[index].pooled }
        default: return try output.layout.padded(#require(output.hiddenStates)[index], on: backend).values
        }
    }

    @Test(arguments: try EarlyExitFixture.loaded())
    func `training losses are those of the research code`(_ fixture: EarlyExitFixture) throws {
        let fixtureCase = try #require(try FixtureCase.all(of: fixture.folder).first { $0.name == "train_losses" })
        let output = try fixture.model.forward(
            fixtureCase.modelInput(), labels: fixtureCase.sequenceLabels(),
            exits: EarlyExitOptions(policy: .never, offRamps: true), options: ForwardOptions())
        let tolerance = try fixtureCase.tolerance
        let scalars = try fixtureCase.json.required("scalars")
        func expect(_ got: Float?, _ name: String) throws {
            let problem = try tolerance.mismatch([#require(got)], [Float(scalars.required(name).double())])
            #expect(problem == nil, "\(fixtureCase) \(name) on \(fixture.backend.info.name)")
        }
        let losses = try #require(output.offRampLosses)
        if let highways = scalars.member("highway_losses") {
            let want = try highways.elements().map { Float(try $0.double()) }
            #expect(tolerance.mismatch(losses, want) == nil, "\(fixtureCase)")
            try expect(output.loss, "loss")
            try expect(output.highwayTrainingLoss, "loss_train_highway")
        } else {
            let want = try scalars.required("layer_losses").elements().map { Float(try $0.double()) }
            #expect(tolerance.mismatch(losses, want) == nil, "\(fixtureCase)")
            try expect(output.patienceTrainingLoss, "loss")
        }
    }

    @Test(arguments: try EarlyExitFixture.loaded().filter { $0.folder.contains("dee") })
    func `the entropy of large logits is finite`(_ fixture: EarlyExitFixture) throws {
        let fixtureCase = try #require(
            try FixtureCase.all(of: fixture.folder).first { $0.name == "entropy_large_logits" })
        let logits = try fixtureCase.floats(fixtureCase.json.required("inputs").required("logits").string())
        let want = try fixtureCase.output("entropy")
        let width = logits.count / want.count
        let got = want.indices.map { entropy(Array(logits[$0 * width..<($0 + 1) * width])) }
        #expect(try fixtureCase.tolerance.mismatch(got, want) == nil)
    }
}

/// An early-exit model on a backend, which is loaded once for all tests.
struct EarlyExitFixture: Sendable, CustomStringConvertible {
    let folder: String
    let model: any EarlyExitClassifier
    let backend: any ComputeBackend
    let json: JSONNode

    static func loaded() throws -> [EarlyExitFixture] { try all.get() }

    private static let all = Result {
        try AvailableBackends.names().flatMap { name in
            try ModelFixture.all("dee", "pabee", "exits").map { fixture in
                let path = Fixtures.path(fixture.folder)
                let model = try ModelCatalogue.shared.fromPretrained(path, backend: .named(name))
                let json = try JSONValue(parsing: ModelFiles(folder: path).read("cases.json"))
                return EarlyExitFixture(
                    folder: fixture.folder, model: try #require(model as? any EarlyExitClassifier),
                    backend: try model.backend, json: JSONNode(json))
            }
        }
    }

    var description: String { "\(folder) on \(backend.info.name)" }
}

extension JSONNode {
    /// Returns the policy of an entry of `exits` or `stats_after_all_rows`.
    fileprivate func policy() throws -> ExitPolicy {
        if let patience = member("patience") {
            let threshold = Float(try member("regression_threshold")?.double() ?? 0)
            return .patience(try patience.int(), regressionThreshold: threshold)
        }
        let threshold = try required("threshold")
        return threshold.value.arrayValue == nil
            ? .entropy(Float(try threshold.double()))
            : .entropy(try threshold.elements().map { Float(try $0.double()) })
    }
}

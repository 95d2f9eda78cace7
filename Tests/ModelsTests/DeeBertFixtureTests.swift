import Bert
import BertJSON
import TestSupport
import Testing

/// DeeBERT's exits against the research code, and every sequence of a batch on its own.
struct DeeBertFixtureTests {
    static let folders = ["deebert", "deebert-binary", "deebert-regression"]

    @Test(arguments: AvailableBackends.names(), folders)
    func `every threshold gives the exit layer and logits of the research code`(
        backend name: String, folder: String
    ) throws {
        let backend = try BackendRegistry.shared.backend(.named(name))
        let model = try DeeBertForSequenceClassification.fromPretrained(
            Fixtures.path("models/\(folder)"), backend: .named(name))
        var exits = 0
        for fixture in try FixtureCase.all(of: "models/\(folder)") {
            guard let entries = try fixture.json.member("exits")?.elements() else { continue }
            for entry in entries {
                exits += 1
                let threshold = try entry.required("threshold")
                let thresholds: [Float] =
                    threshold.value.arrayValue == nil
                    ? [Float(try threshold.double())] : try threshold.elements().map { Float(try $0.double()) }
                let output = try model.classify(fixture.modelInput(), policy: .entropy(thresholds), offRamps: true)
                let layers = try entry.member("exit_layers")?.elements()
                let want = try (layers ?? [entry.required("exit_layer")]).map { try $0.int() }
                let byOffRamp = try entry.required("from_highway")
                let wantByOffRamp =
                    byOffRamp.value.arrayValue == nil
                    ? [try byOffRamp.bool()] : try byOffRamp.elements().map { try $0.bool() }
                #expect(output.exitLayer == want, "\(fixture) threshold \(thresholds)")
                #expect(output.exitedFromOffRamp == wantByOffRamp, "\(fixture) threshold \(thresholds)")
                let logits = try fixture.floats(entry.required("logits").string())
                let problem = try fixture.tolerance.mismatch(backend.floats(output.logits), logits)
                #expect(problem == nil, "\(fixture) threshold \(thresholds) on \(name)")
            }
        }
        #expect(exits > 0)
    }

    @Test(arguments: AvailableBackends.names(), folders)
    func `off-ramps give the logits and entropies of the research code`(backend name: String, folder: String) throws {
        let model = try DeeBertForSequenceClassification.fromPretrained(
            Fixtures.path("models/\(folder)"), backend: .named(name))
        for fixture in try FixtureCase.all(of: "models/\(folder)") where fixture.name.hasPrefix("row") {
            let output = try model.classify(fixture.modelInput(), policy: .never, offRamps: true)
            let ramps = try #require(output.offRamps?.first)
            #expect(ramps.count == model.config.numHiddenLayers)
            for (layer, ramp) in ramps.enumerated() {
                let want = try fixture.output("highway_logits.\(layer)")
                #expect(try fixture.tolerance.mismatch(ramp.logits, want) == nil, "\(fixture) off-ramp \(layer)")
            }
            let entropies = try fixture.output("highway_entropy")
            #expect(try fixture.tolerance.mismatch(ramps.map(\.entropy), entropies) == nil, "\(fixture)")
        }
    }
}

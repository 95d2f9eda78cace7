import Bert
import BertJSON
import TestSupport
import Testing

/// Tests checkpoints of one class that are loaded as another: missing and unexpected keys, and mismatched shapes.
struct CrossLoadTests {
    static let cases = Result {
        try ModelFixture.all("cross-load").flatMap { fixture in
            try FixtureCase.all(of: fixture.folder).filter { $0.json.member("load_as") != nil }
        }
    }

    @Test(arguments: AvailableBackends.names(), try Self.cases.get())
    func `the report and the trunk are transformers'`(backend name: String, fixture: FixtureCase) throws {
        let missing = try fixture.json.required("missing_keys").elements().map { try $0.string() }
        let className = try fixture.json.required("load_as").string()
        let folder = Fixtures.path(fixture.folder)
        if !missing.isEmpty {
            let error = expectError(.weightsMismatch) {
                try ModelCatalogue.shared.fromPretrained(
                    folder, as: className, backend: .named(name), options: .strict)
            }
            #expect(missing.contains(error?.key ?? ""))
        }
        let model = try ModelCatalogue.shared.fromPretrained(
            folder, as: className, backend: .named(name), options: LoadingOptions(missing: .initialise(seed: 1)))
        let report = try model.parameters.report
        #expect(report.missingKeys.sorted() == missing)
        let unexpected = try fixture.json.required("unexpected_keys").elements().map { try $0.string() }
        #expect(report.unexpectedKeys == unexpected)
        #expect(report.mismatchedKeys.isEmpty)

        var request = try fixture.request()
        request.hiddenStates = true
        let outputs = try model.namedOutputs(request)
        // The last hidden state of a head is the encoder's.
        let last = try #require(outputs.last { $0.name.hasPrefix("hidden_states") })
        let hidden = try #require(last.floats)
        let problem = try fixture.tolerance.mismatch(hidden, fixture.output("last_hidden_state"))
        #expect(problem == nil, "\(fixture) on \(name)")
        if let pooled = outputs.first(where: { $0.name == "pooler_output" })?.floats {
            #expect(try fixture.tolerance.mismatch(pooled, fixture.output("pooler_output")) == nil)
        }
    }

    @Test func `another number of labels is an error that names the tensors, unless they may be new`() throws {
        var config = try BertConfig(ModelFiles(folder: Fixtures.path("models/cross-load-cls")))
        config.setNumLabels(5)
        let checkpoint = try Checkpoint(ModelFiles(folder: Fixtures.path("models/cross-load-cls")))
        let backend = try BackendRegistry.shared.backend("reference")
        func load(_ options: LoadingOptions) throws -> BertForSequenceClassification {
            try BertForSequenceClassification.fromPretrained(config, checkpoint, on: backend, options: options)
        }
        let error = expectError(.weightsMismatch) { try load(LoadingOptions(missing: .initialise(seed: 1))) }
        #expect(error?.key?.hasPrefix("classifier.") == true)
        let model = try load(LoadingOptions(missing: .initialise(seed: 1), ignoreMismatchedSizes: true))
        #expect(
            model.parameters.report.mismatchedKeys.map { $0.prefix { $0 != ":" } } == [
                "classifier.weight", "classifier.bias",
            ])
        #expect(try model.forward(ModelInput(ids: [[1, 2]])).logits.shape == [1, 5])
    }

    @Test func `fresh weights are the same for a seed, and have the range of the configuration`() throws {
        func classifier(seed: UInt64) throws -> [Float] {
            let model = try ModelCatalogue.shared.fromPretrained(
                Fixtures.path("models/cross-load-bare"), as: "BertForMaskedLM", backend: "reference",
                options: LoadingOptions(missing: .initialise(seed: seed)))
            let parameter = try #require(try model.parameters["cls.predictions.transform.dense.weight"])
            return try parameter.float32().withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        }
        let values = try classifier(seed: 7)
        #expect(try classifier(seed: 7) == values)
        #expect(try classifier(seed: 8) != values)
        let deviation = (values.reduce(0) { $0 + $1 * $1 } / Float(values.count)).squareRoot()
        #expect((0.018...0.022).contains(deviation))
    }

    @Test func `a trunk whose checkpoint has no pooler gives no pooled output`() throws {
        let folder = Fixtures.path("models/bert-mlm")
        let model = try BertModel.fromPretrained(folder, backend: "reference")
        #expect(model.parameters.report.missingKeys == ["pooler.dense.weight", "pooler.dense.bias"])
        #expect(try model.encode(ModelInput(ids: [[1, 2]])).poolerOutput == nil)
        let fresh = try BertModel.fromPretrained(
            folder, backend: "reference", options: LoadingOptions(missing: .initialise(seed: 1)))
        #expect(try fresh.encode(ModelInput(ids: [[1, 2]])).poolerOutput?.shape == [1, 32])
    }
}

extension NamedTensor {
    /// The elements, if they are floats.
    var floats: [Float]? {
        if case .floats(let values) = values { return values }
        return nil
    }
}

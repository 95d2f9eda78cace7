import BackendReference
import Bert
import TestSupport
import Testing

/// Tests that a model with a missing backend can be named, stored and inspected, and that operations which need the
/// backend throw the same error.
struct ModelResolutionTests {
    /// Returns a registry in which the only backend is missing.
    private func registryWithout() throws -> BackendRegistry {
        let registry = BackendRegistry(environment: BertEnvironment(["BERT_BACKEND": "missing"])) { _ in }
        try registry.register(
            BackendDescriptor(name: "missing", summary: "a backend whose library is not here", priority: 1) { _ in
                throw BackendUnavailableReason.libraryNotFound(
                    library: "libmissing", tried: [.init(path: "libmissing.so", message: "no such file")])
            })
        return registry
    }

    /// An application that stores models by task.
    private struct Application {
        var encoder: any EncoderModel
        var all: [any BertPreTrainedModel]
    }

    @Test func `a missing backend gives the dummy, which lives in the object graph`() throws {
        let registry = try registryWithout()
        let resolution = try ModelCatalogue.shared.resolve("BertModel", registry: registry)
        #expect(resolution.isDummy)
        let type = resolution.modelType
        let facts = (isDummyType: type == DummyBertModel.self, name: type.modelName, isDummy: type.isDummy)
        #expect(facts == (true, "BertModel", true))
        let model = try resolution.fromPretrainedOrDummy(Fixtures.path("models/bert-base"))
        let encoder = try #require(model as? any EncoderModel)
        let application = Application(encoder: encoder, all: [model])
        #expect(application.all.count == 1)
        #expect("\(application.encoder)" == "DummyBertModel (needs missing)")
        #expect((model as? DummyBertModel)?.requiredBackends == ["missing"])
    }

    @Test func `creating, loading and running throw the same error`() throws {
        let registry = try registryWithout()
        let resolution = try ModelCatalogue.shared.resolve("BertModel", registry: registry)
        let expected = try #require(resolution.unavailable).description
        #expect(expected.hasPrefix("BertModel needs the backend \"missing\" (asked for by BERT_BACKEND)"))
        let folder = Fixtures.path("models/bert-base")
        let loading = #expect(throws: BackendUnavailableError.self) { try resolution.fromPretrained(folder) }
        #expect(loading?.description == expected)
        let direct = #expect(throws: BackendUnavailableError.self) {
            try BertModel.fromPretrained(folder, registry: registry)
        }
        #expect(direct?.description == expected)
        let creating = #expect(throws: BackendUnavailableError.self) {
            try DummyBertModel.fromPretrained(folder, registry: registry)
        }
        #expect(creating?.description == expected)
        let held = try resolution.fromPretrainedOrDummy(folder)
        let dummy = try #require(held as? DummyBertModel)
        let running = #expect(throws: BackendUnavailableError.self) {
            try dummy.encode(ModelInput(ids: [[1, 2]]), options: ForwardOptions())
        }
        #expect(running?.description == expected)
        let first = #expect(throws: BackendUnavailableError.self) {
            try dummy.encode(ModelInput(ids: [[1, 2]]), options: ForwardOptions(rows: .first))
        }
        #expect(first?.description == expected)
    }

    @Test func `a missing backend is told before anything is read`() throws {
        let registry = try registryWithout()
        #expect(throws: BackendUnavailableError.self) {
            _ = try BertModel.fromPretrained("/no/such/folder", registry: registry)
        }
    }

    @Test func `resolving again once the backend is there gives the real model`() throws {
        let registry = BackendRegistry(environment: BertEnvironment(["BERT_BACKEND": "late"])) { _ in }
        #expect(try ModelCatalogue.shared.resolve("BertModel", registry: registry).isDummy)
        try registry.register(
            BackendDescriptor(name: "late", summary: "the reference under another name", priority: 1) { context in
                ReferenceBackend(workers: context.workers)
            })
        let resolution = try ModelCatalogue.shared.resolve("BertModel", registry: registry)
        #expect(!resolution.isDummy)
        let isRealType = resolution.modelType == BertModel.self
        #expect(isRealType)
        let model = try resolution.fromPretrained(Fixtures.path("models/bert-base"))
        let encoder = try #require(model as? BertModel)
        let output = try encoder.encode(ModelInput(ids: [[1, 2, 3]]))
        #expect(output.lastHiddenState.shape == [3, 32])
    }

    @Test func `a server with one missing backend serves the other models`() throws {
        let registry = try registryWithout()
        try registry.register(
            BackendDescriptor(name: "present", summary: "the reference under another name", priority: 0) { context in
                ReferenceBackend(workers: context.workers)
            })
        let folder = Fixtures.path("models/bert-base")
        let models = try ["present", "missing", "present"].map { name in
            try ModelCatalogue.shared.resolve("BertModel", backend: .named(name), registry: registry)
                .fromPretrainedOrDummy(folder)
        }
        let encoders = try models.map { try #require($0 as? any EncoderModel) }
        let answers = encoders.map { encoder in
            Result { try encoder.encode(ModelInput(ids: [[1, 2]]), options: ForwardOptions()) }
        }
        #expect(throws: Never.self) { _ = try answers[0].get() }
        #expect(throws: BackendUnavailableError.self) { _ = try answers[1].get() }
        #expect(throws: Never.self) { _ = try answers[2].get() }
    }

    @Test func `an unknown class is an error with the nearest name`() {
        let error = expectError(.unknownName, value: "BertMdoel") { try ModelCatalogue.shared.resolve("BertMdoel") }
        #expect(error?.choices?.contains("BertModel") == true)
    }
}

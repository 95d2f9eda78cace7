import BackendReference
import Bert
import Synchronization
import TestSupport
import Testing

/// Tests checkpoints saved by wrappers of models: DataParallel, torch.compile, Lightning.
@Suite struct WrapperPrefixTests {
    private let backend: any ComputeBackend

    init() throws { backend = try BackendRegistry.shared.backend("reference", for: "a test") }

    /// Returns the events of loading the files, and the model.
    private func load<Model: BertPreTrainedModel>(
        _ model: Model.Type, _ files: ModelFiles
    ) throws -> (model: Model, events: [BackendEvent]) {
        let events = Mutex<[BackendEvent]>([])
        let options = LoadingOptions(observer: { event in events.withLock { $0.append(event) } })
        return (try Model.fromPretrained(files, on: backend, options: options), events.withLock { $0 })
    }

    /// Returns a fixture with renamed tensors.
    private func renamed(_ fixture: String, _ rename: (String) -> [String]) throws -> ModelFiles {
        let files = try ModelFiles(folder: Fixtures.path("models/\(fixture)"))
        let checkpoint = try Checkpoint(files)
        let tensors = try checkpoint.names.flatMap { name in
            let data = try checkpoint.float32(name)
            return rename(name).map {
                SafetensorsWriter.Tensor(
                    name: $0, type: .float32, shape: checkpoint.shape(of: name) ?? [], data: data)
            }
        }
        let weights = try withTemporaryFolder { folder in
            try SafetensorsWriter.write(tensors, to: "\(folder)/model.safetensors")
            return try ModelFiles(folder: folder).read("model.safetensors")
        }
        return ModelFiles(
            name: "renamed",
            files: [
                "config.json": HostBuffer(try files.read("config.json")), "model.safetensors": HostBuffer(weights),
            ])
    }

    @Test(arguments: [("orig-mod", "_orig_mod."), ("module-prefix", "module."), ("model-prefix", "model.")])
    func `A wrapper's prefix is ignored, with a notice`(fixture: String, prefix: String) throws {
        let files = try ModelFiles(folder: Fixtures.path("files/\(fixture)"))
        let (model, events) = try load(BertForSequenceClassification.self, files)
        #expect(events.map(\.level) == [.notice])
        #expect(events.first?.message.contains(prefix) == true)
        let parameters = model.parameters
        #expect(parameters.names.allSatisfy { parameters[$0]?.name == prefix + $0 })
    }

    static let prefixes = ["module.", "module._orig_mod.", "net.encoder.", "0.auto_model.", "model.bert_model."]

    @Test(arguments: prefixes) func `Any prefix of all names is a wrapper's`(prefix: String) throws {
        for fixture in ["bert-seqcls-single", "cross-load-bare"] {
            let files = try renamed(fixture) { [prefix + $0] }
            let (head, headEvents) = try load(BertForSequenceClassification.self, files)
            let headParameters = head.parameters
            #expect(headParameters["bert.embeddings.word_embeddings.weight"]?.name.hasPrefix(prefix) == true)
            #expect(headEvents.contains { $0.level == .notice })
            let (bare, _) = try load(BertModel.self, files)
            let bareParameters = bare.parameters
            #expect(bareParameters["embeddings.word_embeddings.weight"]?.name.hasPrefix(prefix) == true)
        }
    }

    @Test func `Tensors of the wrapper's own stay unexpected`() throws {
        let files = try renamed("bert-seqcls-single") {
            ["module.\($0)"] + ($0 == "classifier.bias" ? ["loss.weight"] : [])
        }
        let report = try load(BertForSequenceClassification.self, files).model.parameters.report
        #expect(report.unexpectedKeys == ["loss.weight"])
        #expect(report.missingKeys.isEmpty)
    }

    @Test func `Two models in one checkpoint are an error that names both prefixes`() throws {
        let files = try renamed("bert-seqcls-single") { ["query.\($0)", "passage.\($0)"] }
        let error = try #require(throws: BertError.self) { try load(BertForSequenceClassification.self, files) }
        error.expect(.weightsMismatch, file: "renamed/model.safetensors", choices: ["passage.", "query."])
    }

    @Test func `The trunk of another family is not a wrapper`() throws {
        let files = try renamed("bert-seqcls-single") { [$0.hasPrefix("bert.") ? "roberta" + $0.dropFirst(4) : $0] }
        let error = try #require(throws: BertError.self) {
            try BertModel.fromPretrained(files, on: backend, options: .strict)
        }
        #expect(error.code == .weightsMismatch)
    }
}

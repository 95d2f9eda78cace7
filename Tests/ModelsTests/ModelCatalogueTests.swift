import Bert
import Foundation
import TestSupport
import Testing

/// Tests that the list of model classes, the code and the dummies are consistent.
struct ModelCatalogueTests {
    /// Returns the contents of all files of `Sources/Models`.
    private static func sources() throws -> [String] {
        let root = URL(fileURLWithPath: Fixtures.path("../../Sources/Models"))
        let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
        return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
            .map { try String(contentsOf: $0, encoding: .utf8) }
    }

    @Test func `no model is missing in the catalogue, and nothing in it is missing in the code`() throws {
        let models = try Self.sources().flatMap {
            $0.matches(of: /public struct (\w+): ([^{]*\b(?:ComposedModel|BertPreTrainedModel)\b)/).map { String($0.1) }
                + $0.matches(of: /public typealias (\w+) = ExitClassifier<\w+>/).map { String($0.1) }
        }
        let names = try ModelCatalogue().names
        #expect(Set(models) == Set(names))
        #expect(names.count == Set(names).count)
    }

    @Test func `no model is without a dummy, and no dummy without a model`() throws {
        let dummies = try Self.sources().flatMap {
            $0.matches(of: /public typealias Dummy(\w+) = Dummy<(\w+)>/).map { (String($0.1), String($0.2)) }
        }
        #expect(dummies.allSatisfy { $0.0 == $0.1 })
        #expect(try Set(dummies.map(\.0)) == Set(ModelCatalogue().names))
    }

    @Test func `every class of the fixtures is in the catalogue`() throws {
        for fixture in try ModelFixture.all() {
            #expect(throws: Never.self) { try ModelCatalogue.shared.entry(fixture.className) }
        }
    }

    @Test(arguments: try ModelCatalogue.shared.entries.map(\.name))
    func `a dummy does the tasks of its model, all with one error`(name: String) throws {
        let entry = try ModelCatalogue.shared.entry(name)
        #expect(entry.modelType.modelName == name)
        #expect(entry.dummyType.modelName == name)
        let (model, dummyType) = (entry.modelType, entry.dummyType)
        let areDummies = (model.isDummy, dummyType.isDummy)
        #expect(areDummies == (false, true))
        #expect(entry.dummyType.family === entry.modelType.family)
        let registry = BackendRegistry(environment: BertEnvironment(["BERT_BACKEND": "missing"])) { _ in }
        let unavailable = try #require(ModelCatalogue.shared.resolve(name, registry: registry).unavailable)
        let dummy = entry.makeDummy(unavailable)
        let input = ModelInput(ids: [[1, 2]])
        let options = ForwardOptions()
        var tasks = 0
        func expectError(_ body: () throws -> Void) {
            let error = #expect(throws: BackendUnavailableError.self) { try body() }
            #expect(error?.description == unavailable.description)
        }
        if let model = dummy as? any EncoderModel {
            tasks += 1
            expectError { _ = try model.encode(input, options: options) }
        }
        if let model = dummy as? any EarlyExitClassifier {
            tasks += 1
            expectError { _ = try model.classify(input) }
        }
        if let model = dummy as? any SequenceClassificationModel {
            tasks += 1
            expectError { _ = try model.forward(input, labels: nil, options: options) }
        }
        if let model = dummy as? any TokenClassificationModel {
            tasks += 1
            expectError { _ = try model.forward(input, labels: nil, options: options) }
        }
        if let model = dummy as? any QuestionAnsweringModel {
            tasks += 1
            expectError { _ = try model.forward(input, answers: nil, options: options) }
        }
        if let model = dummy as? any MaskedLanguageModel {
            tasks += 1
            expectError { _ = try model.forward(input, labels: nil, options: options) }
        }
        if let model = dummy as? any CausalLanguageModel {
            tasks += 1
            expectError { _ = try model.forward(input, labels: nil, options: options) }
        }
        if let model = dummy as? any NextSentencePredictionModel {
            tasks += 1
            expectError { _ = try model.forward(input, labels: nil, options: options) }
        }
        if let model = dummy as? any MultipleChoiceModel {
            tasks += 1
            expectError { _ = try model.forward(input, choices: 1, labels: nil, options: options) }
        }
        if let model = dummy as? any ReplacedTokenDetectionModel {
            tasks += 1
            expectError { _ = try model.forward(input, labels: nil, options: options) }
        }
        if let model = dummy as? any PreTrainingModel {
            tasks += 1
            expectError { _ = try model.forward(input, labels: nil, nextSentenceLabels: nil, options: options) }
        }
        #expect(tasks > 0, "\(name) has no task")
        expectError { _ = try dummy.namedOutputs(ForwardRequest([])) }
        expectError { _ = try dummy.config }
        #expect(try !entry.dummyType.parameterSpecs(BertConfig(.bert)).isEmpty)
    }

    @Test(arguments: try ModelFixture.all())
    func `a checkpoint says which class it is made for`(_ fixture: ModelFixture) throws {
        let config = try BertConfig(ModelFiles(folder: Fixtures.path(fixture.folder)))
        let name = try ModelCatalogue.shared.className(for: config)
        #expect(name == (try ModelCatalogue.shared.entry(fixture.className).name))
    }

    @Test(arguments: try ModelCatalogue.shared.families)
    func `without architectures the model type gives the class without a head`(family: ModelFamily) throws {
        let name = try ModelCatalogue.shared.className(for: BertConfig(family))
        #expect(name == family.model(for: .encoder)?.modelName)
        #expect(name.hasSuffix("Model"))
    }

    @Test func `the class is what the checkpoint says, or what the user names`() throws {
        let folder = Fixtures.path("models/bert-seqcls-single")
        #expect(try ModelCatalogue.shared.fromPretrained(folder, backend: "reference") is BertForSequenceClassification)
        #expect(try ModelCatalogue.shared.fromPretrained(folder, as: "BertModel", backend: "reference") is BertModel)
        expectError(
            .weightsMismatch, file: folder + "/model.safetensors", key: "cls.predictions.transform.dense.weight"
        ) {
            try ModelCatalogue.shared.fromPretrained(
                folder, as: "BertForMaskedLM", backend: "reference", options: .strict)
        }
    }

    @Test(arguments: ["XLMRobertaForTokenClassification", "CamembertForMaskedLM"])
    func `XLM-RoBERTa's and CamemBERT's classes are classes`(name: String) throws {
        #expect(try ModelCatalogue.shared.entry(name).modelType.modelName == name)
    }
}

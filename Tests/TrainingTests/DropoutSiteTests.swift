import Bert
import BertCheckpoints
import BertCore
import BertJSON
import Synchronization
import TestSupport
import Testing

@testable import BertModels
@testable import BertTraining

/// Every class has dropout where its counterpart in transformers has it, at the same rate.
@Suite struct DropoutSiteTests {
    /// The rates of a class, and the sizes of the last axes.
    struct Fixture: Sendable, CustomTestStringConvertible {
        let name: String
        let className: String
        let config: JSONValue
        let sites: [Site: Int]
        var testDescription: String { name }

        static func all() throws -> [Fixture] {
            let files = try ModelFiles(folder: Fixtures.path("training"))
            let source = files.path(of: "dropout.json")
            let json = JSONNode(try JSONValue(parsing: files.read("dropout.json"), source: source), source: source)
            let families = try json.required("families")
            return try json.required("classes").members().map { name, node in
                var sites: [Site: Int] = [:]
                for element in try node.required("sites").elements() {
                    let numbers = try element.elements().map { try $0.double() }
                    sites[Site(rate: numbers[0], width: Int(numbers[1]))] = Int(numbers[2])
                }
                let config = try families.required(node.required("family").string()).value
                return Fixture(
                    name: name, className: try node.required("class").string(), config: config, sites: sites)
            }
        }
    }

    struct Site: Hashable {
        let rate: Double
        let width: Int

        init(rate: Double, width: Int) {
            self.rate = (rate * 10_000).rounded() / 10_000
            self.width = width
        }
    }

    /// Records the dropout of every call.
    private final class Recorder: BackendDecorator {
        let base: any ComputeBackend
        let tokens: Int
        let sites = Mutex<[Site: Int]>([:])

        init(_ base: any ComputeBackend, tokens: Int) {
            self.base = base
            self.tokens = tokens
        }

        func perform(_ call: OperationCall) throws -> OperationResult {
            switch call {
            case .dropout(let x, let dropout): add(dropout, width: x.shape.lastLength)
            case .attention(_, let options):
                if let dropout = options.dropout { add(dropout, width: tokens) }
            default: break
            }
            return try call(on: base)
        }

        private func add(_ dropout: Dropout, width: Int) {
            sites.withLock { $0[Site(rate: Double(dropout.rate), width: width), default: 0] += 1 }
        }
    }

    private static let tokens: [Int32] = [3, 4, 5, 6, 7]

    private func sites(
        _ fixture: Fixture, _ change: (inout BertConfig) throws -> Void = { _ in }
    ) throws -> [Site: Int] {
        var config = try BertConfig(fixture.config, source: fixture.name)
        try change(&config)
        let type = try ModelCatalogue().entry(fixture.className).modelType
        let header = Array("{}      ".utf8)
        let empty = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
        let store = try type.parameterStore(
            &config, Checkpoint(ModelFiles(name: "none", files: ["model.safetensors": HostBuffer(empty)])),
            options: LoadingOptions(missing: .initialise(seed: 1)))
        let base = try BackendRegistry.shared.backend("reference", for: "a test")
        let recorder = Recorder(base, tokens: Self.tokens.count)
        let model = try TrainableModel(type, config, store, on: recorder)
        _ = try model.differentiate { model in
            try run(model, fixture)
            return ([], ())
        }
        return recorder.sites.withLock { $0 }
    }

    /// Runs a forward pass.
    private func run(_ model: any BertPreTrainedModel, _ fixture: Fixture) throws {
        let input = ModelInput(ids: [Self.tokens])
        let options = ForwardOptions(dropout: StepDropout(seed: 1, step: 1))
        switch model {
        case let model as any EncoderModel: _ = try model.encode(input, options: options)
        case let model as any SequenceClassificationModel: _ = try model.forward(input, labels: nil, options: options)
        case let model as any TokenClassificationModel: _ = try model.forward(input, labels: nil, options: options)
        case let model as any QuestionAnsweringModel: _ = try model.forward(input, answers: nil, options: options)
        case let model as any MultipleChoiceModel:
            _ = try model.forward(input, choices: 1, labels: nil, options: options)
        case let model as any MaskedLanguageModel: _ = try model.forward(input, labels: nil, options: options)
        case let model as any NextSentencePredictionModel:
            _ = try model.forward(input, labels: nil, options: options)
        case let model as any PreTrainingModel:
            _ = try model.forward(input, labels: nil, nextSentenceLabels: nil, options: options)
        case let model as any ReplacedTokenDetectionModel:
            _ = try model.forward(input, labels: nil, options: options)
        default: Issue.record("\(fixture.className) has no forward pass here")
        }
    }

    @Test(arguments: try Fixture.all())
    func `Dropout has the sites and rates of transformers`(_ fixture: Fixture) throws {
        #expect(try sites(fixture) == fixture.sites)
    }

    @Test(arguments: try Fixture.all().filter { !$0.name.hasSuffix("defaults") })
    func `Setting one rate changes every site and adds none`(_ fixture: Fixture) throws {
        var expected: [Site: Int] = [:]
        for (site, count) in fixture.sites { expected[Site(rate: 0.5, width: site.width), default: 0] += count }
        #expect(try sites(fixture) { try $0.setDropout(0.5) } == expected)
        #expect(try sites(fixture) { try $0.setDropout(0) }.isEmpty)
    }
}

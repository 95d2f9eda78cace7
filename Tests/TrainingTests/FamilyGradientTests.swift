import Bert
import BertCheckpoints
import BertTraining
import TestSupport
import Testing

/// Tests that models of every family can be trained, with correct gradients of all layers.
@Suite struct FamilyGradientTests {
    /// A model for each kind of layer.
    private static let models: [ModelFixture] = {
        var seen: Set<String> = []
        return ((try? ModelFixture.all()) ?? []).filter { fixture in
            // Models that only differ in size or head use the same operations.
            guard let config = try? BertConfig(ModelFiles(folder: Fixtures.path(fixture.folder))) else { return false }
            return seen.insert("\(config.modelType) \(fixture.className)").inserted
        }
    }()

    @Test(arguments: models)
    func `The loss falls along the gradient as steeply as the gradient says`(_ fixture: ModelFixture) throws {
        guard let example = try fixture.plainCases().first(where: { try $0.has("input_ids") }) else { return }
        let files = try ModelFiles(folder: Fixtures.path(fixture.folder))
        var config = try BertConfig(files)
        let type = try ModelCatalogue().entry(fixture.className).modelType
        let store = try type.parameterStore(&config, Checkpoint(files))
        let base = try BackendRegistry.shared.backend("reference", for: "a test")
        let model = try TrainableModel(type, config, store, on: base)
        let start = model.values

        /// The loss is a weighted sum of the model's outputs.
        func loss(at step: Float, along direction: [Tensor?]) throws -> (Double, gradients: [Tensor?]) {
            for (index, slope) in direction.enumerated() {
                guard let slope else { continue }
                model.values[index] = try base.binary(
                    .add, start[index], base.binary(.multiply, slope, base.constant(step)))
            }
            defer { model.values = start }
            let result = try model.differentiate { model in
                let output = try Self.output(of: model, example)
                let weights = (0..<output.shape.elementCount).map { Float(($0 * 29) % 31) / 31 - 0.25 }
                let values = try model.backend.floats(output)
                return (
                    [(output, try base.constant(weights, shape: output.shape))],
                    zip(values, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
                )
            }
            return (result.result, result.gradients)
        }
        let (_, gradients) = try loss(at: 0, along: [])
        #expect(gradients.contains { $0 != nil })
        let norm = try gradients.reduce(0.0) { sum, gradient in
            try gradient.map { try base.floats($0).reduce(sum) { $0 + Double($1) * Double($1) } } ?? sum
        }.squareRoot()
        /// Returns the central difference.
        func slope(over step: Float) throws -> Double {
            let (above, _) = try loss(at: step, along: gradients)
            let (below, _) = try loss(at: -step, along: gradients)
            return (above - below) / (2 * Double(step)) / norm
        }
        // The step is large enough for rounding errors to be small. Two steps are combined to remove the effect of
        // curvature (Richardson's extrapolation).
        let step = Float(2e-3 / norm)
        let slope = try (4 * slope(over: step / 2) - slope(over: step)) / 3
        #expect(abs(slope - norm) < 0.02 * norm, "\(slope), the gradient's length is \(norm)")
    }

    private static func output(of model: any BertPreTrainedModel, _ example: FixtureCase) throws -> Tensor {
        let input = try example.modelInput()
        let options = ForwardOptions()
        switch model {
        case let model as any EarlyExitClassifier:
            return try model.allLogits(input, offRamps: nil, options: options).final
        case let model as any SequenceClassificationModel:
            return try model.forward(input, labels: nil, options: options).logits
        case let model as any TokenClassificationModel:
            return try model.forward(input, labels: nil, options: options).logits
        case let model as any MaskedLanguageModel:
            return try model.forward(input, labels: nil, options: options).logits
        case let model as any CausalLanguageModel:
            return try model.forward(input, labels: nil, options: options).logits
        case let model as any QuestionAnsweringModel:
            return try model.forward(input, answers: nil, options: options).startLogits
        case let model as any NextSentencePredictionModel:
            return try model.forward(input, labels: nil, options: options).logits
        case let model as any MultipleChoiceModel:
            return try model.forward(
                input, choices: try example.shape("input_ids")?[1] ?? 1, labels: nil, options: options
            ).logits
        case let model as any ReplacedTokenDetectionModel:
            return try model.forward(input, labels: nil, options: options).logits
        case let model as any PreTrainingModel:
            return try model.forward(input, labels: nil, nextSentenceLabels: nil, options: options).predictionLogits
        case let model as any EncoderModel: return try model.encode(input, options: options).lastHiddenState
        default: throw BertError(.unsupported, "\(type(of: model))")
        }
    }
}

import Bert
import BertJSON
import Foundation
import TestSupport
import Testing

/// What models of each task give over packed tokens, without padding.
struct ModelTaskTests {
    private static func load<Model: BertPreTrainedModel>(_ folder: String, _: Model.Type) throws -> Model {
        try Model.fromPretrained(Fixtures.path("models/\(folder)"), backend: "reference")
    }

    /// Two sequences of different lengths, padded or not.
    private static func input(padded: Bool, padding: Int32 = 0) -> ModelInput {
        let (short, long): ([Int32], [Int32]) = ([7, 8, 9], [10, 11, 12, 13, 14])
        if !padded { return ModelInput(ids: [short, long]) }
        return ModelInput(
            words: .ids(short + [padding, padding] + long), lengths: [5, 5],
            mask: .tokens([true, true, true, false, false, true, true, true, true, true]))
    }

    private static let close = Tolerance(absolute: 1e-5, relative: 1e-5)

    private func expectSame(
        _ folder: String, on backend: any ComputeBackend, padding: Int32 = 0, _ logits: (ModelInput) throws -> Tensor
    ) throws {
        let packed = try logits(Self.input(padded: false))
        let padded = try logits(Self.input(padded: true, padding: padding))
        #expect(packed.shape == padded.shape)
        #expect(try Self.close.mismatch(backend.floats(packed), backend.floats(padded)) == nil, "\(folder)")
    }

    @Test func `padding costs no token and changes no result`() throws {
        let options = ForwardOptions()
        let tokens = try Self.load("bert-token-cls", BertForTokenClassification.self)
        try expectSame("bert-token-cls", on: tokens.backend) { try tokens.forward($0, options: options).logits }
        #expect(try tokens.forward(Self.input(padded: true)).logits.shape == [8, 3])
        let words = try Self.load("roberta-mlm", RobertaForMaskedLM.self)
        try expectSame("roberta-mlm", on: words.backend, padding: 1) { try words.forward($0, options: options).logits }
        let answers = try Self.load("distilbert-qa", DistilBertForQuestionAnswering.self)
        try expectSame("distilbert-qa", on: answers.backend) { try answers.forward($0, options: options).endLogits }
        let next = try Self.load("bert-lm", BertLMHeadModel.self)
        try expectSame("bert-lm", on: next.backend) { try next.forward($0, options: options).logits }
        let label = try Self.load("albert-seqcls", AlbertForSequenceClassification.self)
        try expectSame("albert-seqcls", on: label.backend) { try label.forward($0, options: options).logits }
    }

    @Test func `The order of sentences has as many scores as ALBERT's configuration has labels`() throws {
        let model = try ModelCatalogue.shared.entry("AlbertForPreTraining").modelType
        for labels in [1, 2, 5] {
            let config = try BertConfig([
                "model_type": "albert", "hidden_size": 8, "num_attention_heads": 2, "num_labels": .int(labels),
            ])
            let specs = try model.parameterSpecs(config).filter { $0.name.hasPrefix("sop_classifier.") }
            #expect(specs.map(\.shape) == [[labels, 8], [labels]])
        }
    }

    @Test func `hidden tokens are computed when they are asked for, or when a loss counts them`() throws {
        let model = try Self.load("bert-token-cls", BertForTokenClassification.self)
        let input = Self.input(padded: true)
        #expect(try model.forward(input, options: ForwardOptions(maskedTokens: true)).logits.shape == [10, 3])
        let labels = [Int32](repeating: 1, count: 10)
        let everywhere = try model.forward(input, labels: labels)
        #expect(everywhere.logits.shape == [10, 3])
        let seen = try model.forward(input, labels: [1, 1, 1, -100, -100, 1, 1, 1, 1, 1])
        #expect(everywhere.loss != seen.loss)
        // What is left out counts as little as what isn't there.
        let packed = try model.forward(Self.input(padded: false), labels: [Int32](repeating: 1, count: 8))
        #expect(try Self.close.mismatch([#require(packed.loss)], [#require(seen.loss)]) == nil)
    }

    @Test func `a decoder's token depends on none behind it`() throws {
        let model = try Self.load("bert-lm", BertLMHeadModel.self)
        let long = try model.backend.floats(model.forward(ModelInput(ids: [[7, 8, 9, 10]])).logits)
        let short = try model.backend.floats(model.forward(ModelInput(ids: [[7, 8]])).logits)
        #expect(Self.close.mismatch(Array(long.prefix(short.count)), short) == nil)
    }

    @Test func `each call's labels decide the loss anew`() throws {
        let model = try Self.load("bert-seqcls-auto", BertForSequenceClassification.self)
        let input = ModelInput(ids: [[1, 2, 3]])
        let logits = try model.backend.floats(model.forward(input).logits).map(Double.init)
        let one = try #require(try model.forward(input, labels: .classes([2])).loss)
        let any = try #require(try model.forward(input, labels: .numbers([0, 1, 1])).loss)
        let again = try model.forward(input, labels: .classes([2])).loss
        #expect(again == one)
        let wantOne = Float(softmax(logits.map(Float.init)).map { -log($0) }[2])
        let wantAny = zip(logits, [0.0, 1, 1]).map { log(1 + exp($0)) - $0 * $1 }.reduce(0, +) / 3
        #expect(Self.close.mismatch([one, any], [wantOne, Float(wantAny)]) == nil)
    }

    @Test func `a loss of which everything is left out is not a number, as in PyTorch`() throws {
        let model = try Self.load("bert-mlm", BertForMaskedLM.self)
        #expect(try model.forward(ModelInput(ids: [[1, 2]]), labels: [-100, -100]).loss?.isNaN == true)
    }

    @Test func `answers outside the text are clamped or left out`() throws {
        let model = try Self.load("bert-qa", BertForQuestionAnswering.self)
        let input = ModelInput(ids: [[7, 8, 9], [10, 11, 12, 13, 14]])
        func loss(_ starts: [Int32], _ ends: [Int32]) throws -> Float? {
            try model.forward(input, answers: AnswerSpans(starts: starts, ends: ends)).loss
        }
        #expect(try loss([-5, 1], [2, 4]) == loss([0, 1], [2, 4]))
        // The second sequence's answer is behind its end.
        let alone = try model.forward(ModelInput(ids: [[7, 8, 9]]), answers: AnswerSpans(starts: [0], ends: [2])).loss
        #expect(try loss([0, 5], [2, 99]) == alone)
    }

    @Test(arguments: ["relative_key", "relative_key_query"])
    func `positions that there is no code for are refused rather than ignored`(type: String) throws {
        let files = try ModelFiles(folder: Fixtures.path("models/bert-base"))
        var config = try BertConfig(files)
        config.positionEmbeddingType = try #require(BertConfig.PositionEmbeddingType(rawValue: type))
        let error = #expect(throws: BertError.self) { try BertModel.parameterSpecs(config) }
        #expect(error?.code == .unsupported)
        #expect(error?.key == "position_embedding_type")
        #expect(error?.value == .string(type))
    }

    @Test func `cross attention without a decoder is an error of the configuration`() throws {
        var config = BertConfig(.bert)
        config.addCrossAttention = true
        let error = #expect(throws: BertError.self) { try BertLMHeadModel.parameterSpecs(config) }
        #expect(error?.code == .invalidConfiguration)
        config.isDecoder = true
        #expect(try BertLMHeadModel.parameterSpecs(config).contains { $0.name.contains("crossattention") })
    }
}

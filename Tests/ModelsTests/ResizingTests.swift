import BackendReference
import Bert
import TestSupport
import Testing

/// Tests models with a resized vocabulary.
@Suite struct ResizingTests {
    static let words = "bert.embeddings.word_embeddings.weight"

    private func load<Model: BertPreTrainedModel>(_ name: String, as _: Model.Type) throws -> Model {
        try Model.fromPretrained(Fixtures.path("models/\(name)"), backend: .named("reference"))
    }

    private func rows(_ model: some BertPreTrainedModel, _ name: String) throws -> [[Float]] {
        let tensor = try #require(try model.parameters[name])
        let width = tensor.shape.dropFirst().reduce(1, *)
        let values = try tensor.float32().floats
        return (0..<tensor.shape[0]).map { Array(values[$0 * width..<($0 + 1) * width]) }
    }

    private func logits(_ model: some BertPreTrainedModel) throws -> [[Float]] {
        let inputs = [NamedTensor("input_ids", integers: [2, 7, 8, 3], shape: [1, 4])]
        let output = try #require(model.namedOutputs(ForwardRequest(inputs)).first { $0.name == "logits" })
        guard case .floats(let values) = output.values else { return [] }
        let width = try #require(output.shape.last)
        #expect(width == (try model.config.vocabSize))
        return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
    }

    @Test(arguments: [134, 109, 124]) func `rows that stay are the same, and so are their logits`(size: Int) throws {
        let model = try load("bert-mlm", as: BertForMaskedLM.self)
        let resized = try model.resizeTokenEmbeddings(to: size)
        let kept = min(size, 124)
        #expect(resized.config.vocabSize == size)
        #expect(model.config.vocabSize == 124)
        for name in [
            Self.words, "cls.predictions.bias", "cls.predictions.decoder.weight", "cls.predictions.decoder.bias",
        ] {
            #expect(try rows(resized, name).count == size, "\(name)")
            #expect(try Array(rows(resized, name).prefix(kept)) == Array(rows(model, name).prefix(kept)), "\(name)")
        }
        #expect(try logits(resized).map { Array($0.prefix(kept)) } == logits(model).map { Array($0.prefix(kept)) })
    }

    @Test func `what was tied stays tied, what was not stays apart`() throws {
        let tied = try load("bert-mlm", as: BertForMaskedLM.self).resizeTokenEmbeddings(to: 140)
        #expect(try rows(tied, Self.words) == rows(tied, "cls.predictions.decoder.weight"))
        let untied = try load("bert-mlm-untied", as: BertForMaskedLM.self).resizeTokenEmbeddings(to: 140)
        #expect(try rows(untied, Self.words)[130] != rows(untied, "cls.predictions.decoder.weight")[130])
        #expect(try rows(untied, "cls.predictions.bias") == rows(untied, "cls.predictions.decoder.bias"))
    }

    @Test func `new rows are near the mean of the old ones, and the same for a seed`() throws {
        let model = try load("bert-base", as: BertModel.self)
        let name = "embeddings.word_embeddings.weight"
        let old = try rows(model, name)
        let new = try rows(model.resizeTokenEmbeddings(to: 324, seed: 5), name).dropFirst(124)
        for i in 0..<32 {
            let column = old.map { Double($0[i]) }
            let mean = column.reduce(0, +) / 124
            let deviation = (column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 124).squareRoot() * 1e-9.squareRoot()
            let values = new.map { Double($0[i]) - mean }
            #expect(values.allSatisfy { abs($0) < 6 * deviation + 1e-7 })
            let spread = (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
            #expect(abs(spread / deviation - 1) < 0.4, "component \(i)")
        }
        #expect(Set(new).count == 200)
        #expect(try Array(new) == Array(rows(model.resizeTokenEmbeddings(to: 324, seed: 5), name).dropFirst(124)))
        #expect(try Array(new) != Array(rows(model.resizeTokenEmbeddings(to: 324, seed: 6), name).dropFirst(124)))
    }

    @Test func `sizes are padded to a multiple`() throws {
        let model = try load("bert-base", as: BertModel.self)
        #expect(try model.resizeTokenEmbeddings(to: 150, padToMultipleOf: 64).config.vocabSize == 192)
        #expect(try model.resizeTokenEmbeddings(to: 128, padToMultipleOf: 64).config.vocabSize == 128)
        #expect(try model.resizeTokenEmbeddings(padToMultipleOf: 64).config.vocabSize == 128)
        #expect(try model.resizeTokenEmbeddings().config.vocabSize == 124)
    }

    @Test(arguments: ["bert-float16", "bert-bfloat16"]) func `weights keep their type`(name: String) throws {
        let model = try load(name, as: BertModel.self)
        let table = "embeddings.word_embeddings.weight"
        let resized = try model.resizeTokenEmbeddings(to: 130)
        #expect(resized.parameters[table]?.type == model.parameters[table]?.type)
        #expect(try Array(rows(resized, table).prefix(124)) == rows(model, table))
        #expect(try rows(resized, table)[129].allSatisfy { $0.isFinite && abs($0) < 1 })
    }

    @Test func `a resized model is saved and loaded again`() throws {
        try withTemporaryFolder { folder in
            let resized = try load("bert-mlm", as: BertForMaskedLM.self).resizeTokenEmbeddings(to: 130)
            try resized.savePretrained(folder)
            let loaded = try BertForMaskedLM.fromPretrained(folder, backend: .named("reference"))
            #expect(loaded.parameters.report.isClean)
            #expect(loaded.config.vocabSize == 130)
            #expect(try logits(loaded) == logits(resized))
        }
    }

    @Test(arguments: ["roberta-mlm", "pabee-albert", "deebert", "bert-lm"]) func `every family is resized`(
        name: String
    ) throws {
        let config = try BertConfig(ModelFiles(folder: Fixtures.path("models/\(name)")))
        let model = try ModelCatalogue.shared.resolve(
            ModelCatalogue.shared.className(for: config), backend: .named("reference")
        )
        .fromPretrained(Fixtures.path("models/\(name)")).resizeTokenEmbeddings(to: config.vocabSize + 3)
        let specs = try type(of: model).parameterSpecs(model.config)
        for spec in specs { #expect(try model.parameters[spec.name]?.shape == Array(spec.shape), "\(spec.name)") }
        let newest = Int64(config.vocabSize + 2)
        #expect(throws: Never.self) {
            try model.namedOutputs(ForwardRequest([NamedTensor("input_ids", integers: [2, newest], shape: [1, 2])]))
        }
    }

    @Test(
        arguments: [
            (0, nil), (-5, nil), (Int.max, nil), (10, 0), (10, -3), (Int.max, 64), (0, 64), (10, Int.max),
        ] as [(Int, Int?)]) func `sizes that no model has are errors`(size: Int, multiple: Int?) throws
    {
        let model = try load("bert-base", as: BertModel.self)
        let error = #expect(throws: BertError.self) {
            try model.resizeTokenEmbeddings(to: size, padToMultipleOf: multiple)
        }
        #expect(error?.key == (multiple == nil ? "vocab_size" : "padToMultipleOf"))
        #expect(error?.value == .int(multiple ?? size))
    }

    @Test func `a vocabulary without the padding's token is an error`() throws {
        let model = try load("roberta-mlm", as: RobertaForMaskedLM.self)
        let error = #expect(throws: BertError.self) { try model.resizeTokenEmbeddings(to: 1) }
        #expect(error?.code == .invalidConfiguration && error?.key == "pad_token_id")
    }

    @Test func `resizing and pruning a dummy throws why there is no model`() throws {
        let registry = BackendRegistry(environment: BertEnvironment(["BERT_BACKEND": "reference"])) { _ in }
        let dummy = try ModelCatalogue.shared.resolve("BertModel", registry: registry)
            .fromPretrainedOrDummy(Fixtures.path("models/bert-base"))
        #expect(throws: BackendUnavailableError.self) { try dummy.resizeTokenEmbeddings(to: 3) }
        #expect(throws: BackendUnavailableError.self) { try dummy.pruneHeads([0: [0]]) }
    }
}

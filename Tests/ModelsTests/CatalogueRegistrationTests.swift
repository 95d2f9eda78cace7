import Bert
import BertJSON
import TestSupport
import Testing

/// Tests which registrations the catalog accepts and refuses.
@Suite struct CatalogueRegistrationTests {
    /// A class of another family with an existing name.
    private enum Other {
        struct BertModel: EncoderModel, ComposedModel {
            static let design = ModelDesign<PoolerHead>.bare(.roberta)
            let parts: ModelParts<PoolerHead>
        }
    }

    private struct StoneModel: EncoderModel, ComposedModel {
        static let design = ModelDesign<PoolerHead>.bare(.bert)
        let parts: ModelParts<PoolerHead>
    }

    private func family(
        _ modelTypes: [String], isVariant: Bool = false,
        tasks: KeyValuePairs<ModelTask, any BertPreTrainedModel.Type> = [.encoder: StoneModel.self]
    ) -> ModelFamily {
        let mark: @Sendable (JSONObject) -> Bool = { $0["hardness"] != nil }
        return ModelFamily(
            "Stone", modelTypes: modelTypes, isVariant: isVariant ? mark : nil, prefix: "stone",
            embeddings: { EmbeddingDesign(width: $0.hiddenSize) }, layers: LayerDesign.bertLayers, tasks: tasks)
    }

    @Test func `A family and its classes are there once they are registered, and may be again`() throws {
        let catalogue = ModelCatalogue()
        let stone = family(["stone", "new-stone"])
        for _ in 1...2 { try catalogue.register(stone) }
        #expect(try catalogue.names.filter { $0 == "StoneModel" }.count == 1)
        let config = try BertConfig(["model_type": "new-stone"], in: catalogue)
        #expect(config.family === stone && config.modelType == "new-stone")
        #expect(config.json["model_type"] == "new-stone")
        #expect(try catalogue.className(for: config) == "StoneModel")
        for _ in 1...2 { try catalogue.register(StoneModel.self, origin: "BertModels") }
    }

    @Test func `A class that has another one's name is refused, with both origins`() throws {
        let catalogue = ModelCatalogue()
        let error = #expect(throws: BertError.self) {
            try catalogue.register(Other.BertModel.self, origin: "Mine/A.swift")
        }
        #expect(error?.code == .duplicateModel)
        #expect(error?.value == "BertModel")
        // Both origins.
        for origin in ["BertModels", "Mine/A.swift"] { #expect(error?.message.contains(origin) == true) }
    }

    @Test func `A model_type that is taken is refused, and nothing of the family stays`() throws {
        let catalogue = ModelCatalogue()
        let error = #expect(throws: BertError.self) { try catalogue.register(family(["stone", "roberta"])) }
        #expect(error?.code == .duplicateModel)
        #expect(error?.key == "model_type" && error?.value == "roberta")
        #expect(throws: BertError.self) { try catalogue.entry("StoneModel") }
        #expect(throws: BertError.self) { try BertConfig(["model_type": "stone"], in: catalogue) }
    }

    @Test func `A class that does not do its task is refused`() throws {
        let catalogue = ModelCatalogue()
        let wrong = family(["stone"], tasks: [.encoder: StoneModel.self, .maskedLM: BertModel.self])
        let error = #expect(throws: BertError.self) { try catalogue.register(wrong) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.key == "MaskedLM" && error?.value == "BertModel")
        #expect(throws: BertError.self) { try catalogue.entry("StoneModel") }
    }

    @Test func `A family without model_type is refused`() {
        #expect(throws: BertError.self) { try ModelCatalogue().register(family([])) }
        #expect(throws: BertError.self) { try ModelCatalogue().register(family([""])) }
    }

    @Test func `A variant has the model_type of another family, where its mark is`() throws {
        let catalogue = ModelCatalogue()
        let stone = family(["bert"], isVariant: true)
        try catalogue.register(stone)
        #expect(try BertConfig(["model_type": "bert", "hardness": 7], in: catalogue).family === stone)
        #expect(try BertConfig(["model_type": "bert"], in: catalogue).family === ModelFamily.bert)
    }

    @Test func `A task that a family has no class for is named, with those it has`() throws {
        let error = expectError(.unsupported, value: "NextSentencePrediction") {
            try ModelCatalogue.shared.entry(for: .nextSentencePrediction, of: .distilBert)
        }
        #expect(error?.choices?.contains("MaskedLM") == true)
    }

    @Test(arguments: try ModelCatalogue().families)
    func `A family's classes are of the family, and do their tasks`(family: ModelFamily) throws {
        let (models, own) = (family.classes, family)
        for model in models {
            let isOwn = model.family === own
            #expect(isOwn)
        }
        #expect(family.model(for: .encoder) != nil)
        var config = BertConfig(family)
        config.architectures = []
        #expect(try BertConfig(config.json).family === family)
    }
}

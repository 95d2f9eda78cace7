import BertCore

extension ModelFamily {
    /// RoBERTa (Liu et al. 2019): BERT with positions counted from the padding id and other heads.
    public static let roberta = roberta(
        "RoBERTa", "roberta", vocabSize: 50265,
        tasks: [
            .encoder: RobertaModel.self, .maskedLM: RobertaForMaskedLM.self, .causalLM: RobertaForCausalLM.self,
            .sequenceClassification: RobertaForSequenceClassification.self,
            .tokenClassification: RobertaForTokenClassification.self,
            .questionAnswering: RobertaForQuestionAnswering.self, .multipleChoice: RobertaForMultipleChoice.self,
        ], otherClasses: [DeeRobertaModel.self, DeeRobertaForSequenceClassification.self])

    /// A family that is RoBERTa by another name.
    ///
    /// - Parameter vocabSize: the default of a configuration that says nothing.
    static func roberta(
        _ title: String, _ modelType: String, vocabSize: Int,
        tasks: KeyValuePairs<ModelTask, any BertPreTrainedModel.Type>,
        otherClasses: [any BertPreTrainedModel.Type] = []
    ) -> ModelFamily {
        ModelFamily(
            title, modelTypes: [modelType], prefix: "roberta",
            defaults: {
                $0.vocabSize = vocabSize
                $0.padTokenId = 1
            },
            validate: { config, check in
                try check(config.padTokenId != nil, "pad_token_id", "is missing; \(title) counts positions from it")
            },
            positions: { .afterPadding($0.padTokenId ?? 1) }, tokenTypes: .zeros, canPruneHeads: true,
            canDecode: true, embeddings: { EmbeddingDesign(width: $0.hiddenSize) }, layers: LayerDesign.bertLayers,
            pooler: "pooler.dense", tasks: tasks, otherClasses: otherClasses)
    }
}

extension ModelDesign where Head == SequenceHead {
    /// RoBERTa's classifier: two layers on the first token, tanh between them.
    static func robertaClassifier(_ family: ModelFamily) -> Self {
        firstToken(family) { config in
            [.init("classifier.dense", config.hiddenSize, .tanh), .init("classifier.out_proj", config.numLabels)]
        }
    }
}

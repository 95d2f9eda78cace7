import BertCore

extension ModelFamily {
    /// RoBERTa (Liu et al. 2019): BERT with positions that start after the padding id, and different heads.
    public static let roberta = roberta(
        "RoBERTa", "roberta", vocabSize: 50265,
        tasks: [
            .encoder: RobertaModel.self, .maskedLM: RobertaForMaskedLM.self, .causalLM: RobertaForCausalLM.self,
            .sequenceClassification: RobertaForSequenceClassification.self,
            .tokenClassification: RobertaForTokenClassification.self,
            .questionAnswering: RobertaForQuestionAnswering.self, .multipleChoice: RobertaForMultipleChoice.self,
        ], otherClasses: [DeeRobertaModel.self, DeeRobertaForSequenceClassification.self])

    /// Returns a family with RoBERTa's architecture.
    ///
    /// - Parameter vocabSize: The default vocabulary size.
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
                try check(
                    config.padTokenId != nil, "pad_token_id", "is missing, but \(title) requires it for position ids")
                try check(
                    config.padTokenId ?? 0 >= 0, "pad_token_id",
                    "expected an id of at least 0, found \(config.padTokenId ?? 0)",
                    value: config.padTokenId.map { .int($0) }, limit: 0)
            },
            positions: { .afterPadding($0.padTokenId ?? 1) }, tokenTypes: .zeros, canPruneHeads: true,
            canDecode: true, embeddings: { EmbeddingDesign(width: $0.hiddenSize) }, layers: LayerDesign.bertLayers,
            pooler: "pooler.dense", tasks: tasks, otherClasses: otherClasses)
    }
}

extension ModelDesign where Head == SequenceHead {
    /// Returns a design with RoBERTa's classifier: two linear layers on the first token with a tanh in between.
    static func robertaClassifier(_ family: ModelFamily) -> Self {
        firstToken(family) { config in
            [.init("classifier.dense", config.hiddenSize, .tanh), .init("classifier.out_proj", config.numLabels)]
        }
    }
}

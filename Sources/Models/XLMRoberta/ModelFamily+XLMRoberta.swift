extension ModelFamily {
    /// XLM-RoBERTa (Conneau et al. 2020): multilingual RoBERTa for a hundred languages.
    public static let xlmRoberta = roberta(
        "XLM-RoBERTa", "xlm-roberta", vocabSize: 30522,
        tasks: [
            .encoder: XLMRobertaModel.self, .maskedLM: XLMRobertaForMaskedLM.self,
            .causalLM: XLMRobertaForCausalLM.self,
            .sequenceClassification: XLMRobertaForSequenceClassification.self,
            .tokenClassification: XLMRobertaForTokenClassification.self,
            .questionAnswering: XLMRobertaForQuestionAnswering.self,
            .multipleChoice: XLMRobertaForMultipleChoice.self,
        ], otherClasses: [XLMRobertaExitClassifier.self])
}

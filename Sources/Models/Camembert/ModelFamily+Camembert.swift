extension ModelFamily {
    /// CamemBERT (Martin et al. 2020): RoBERTa for French.
    public static let camembert = roberta(
        "CamemBERT", "camembert", vocabSize: 30522,
        tasks: [
            .encoder: CamembertModel.self, .maskedLM: CamembertForMaskedLM.self, .causalLM: CamembertForCausalLM.self,
            .sequenceClassification: CamembertForSequenceClassification.self,
            .tokenClassification: CamembertForTokenClassification.self,
            .questionAnswering: CamembertForQuestionAnswering.self,
            .multipleChoice: CamembertForMultipleChoice.self,
        ], otherClasses: [CamembertExitClassifier.self])
}

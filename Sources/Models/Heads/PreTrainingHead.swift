/// What BERT and ALBERT are trained with at first: a language model, and how the second text relates to the first.
public struct PreTrainingHead: Sendable {
    /// Scores of the vocabulary for each token.
    public let predictions: LanguageModelHead
    /// Scores for each pair of texts: two, or as many as ALBERT's configuration has labels.
    public let relationship: SequenceHead
    /// What `transformers` calls the output and the labels of ``relationship``.
    public let relationshipNames: (output: String, labels: String)
}

extension ModelDesign where Head == PreTrainingHead {
    /// A trunk with both heads.
    ///
    /// - Parameters:
    ///   - family: the family that the class belongs to.
    ///   - names: the names of the head's parameters.
    ///   - relationship: the linear layer behind the pooler.
    ///   - relationshipNames: what `transformers` calls its output and its labels.
    ///   - relationshipOutputs: the number of its scores.
    public static func preTraining(
        _ family: ModelFamily, _ names: LanguageModelNames, relationship: String,
        relationshipNames: (output: String, labels: String) = ("seq_relationship_logits", "next_sentence_label"),
        relationshipOutputs: @escaping @Sendable (BertConfig) -> Int = { _ in 2 }
    ) -> Self {
        let pair = ModelDesign<SequenceHead>.pooled(family, relationship, outputs: relationshipOutputs)
        let words = ModelDesign<LanguageModelHead>.languageModel(family, names)
        return ModelDesign(family) {
            try words.headSpecs($0) + pair.headSpecs($0)
        } makeHead: {
            PreTrainingHead(
                predictions: try words.makeHead($0, $1), relationship: try pair.makeHead($0, $1),
                relationshipNames: relationshipNames)
        }
    }
}

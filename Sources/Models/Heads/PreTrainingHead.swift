/// The pre-training heads of BERT and ALBERT: masked language modeling and the relation of two texts.
public struct PreTrainingHead: Sendable {
    /// The language modeling head.
    public let predictions: LanguageModelHead
    /// The head for the relation of two texts, with two outputs or, in ALBERT, as many as the configuration has labels.
    public let relationship: SequenceHead
    /// The names that `transformers` uses for the output and the labels of ``relationship``.
    public let relationshipNames: (output: String, labels: String)
}

extension ModelDesign where Head == PreTrainingHead {
    /// Returns a design with both heads.
    ///
    /// - Parameters:
    ///   - family: The family of the class.
    ///   - names: The parameter names of the language modeling head.
    ///   - relationship: The name of the linear layer after the pooler.
    ///   - relationshipNames: The names that `transformers` uses for its output and labels.
    ///   - relationshipOutputs: Returns its number of outputs.
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

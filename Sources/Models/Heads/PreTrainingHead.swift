/// What BERT is trained with at first: a language model, and whether the second text follows the first.
public struct PreTrainingHead: Sendable {
    let predictions: LanguageModelHead
    let seqRelationship: FirstTokenHead
}

extension ModelDesign where Head == PreTrainingHead {
    /// A trunk with both heads.
    static func preTraining(_ family: ModelFamily, _ names: LanguageModelNames, relationship: String) -> Self {
        let pair = ModelDesign<FirstTokenHead>.pooled(family, relationship) { _ in 2 }
        let words = ModelDesign<LanguageModelHead>.languageModel(family, names)
        return ModelDesign(family) {
            words.headSpecs($0) + pair.headSpecs($0)
        } makeHead: {
            PreTrainingHead(predictions: try words.makeHead($0, $1), seqRelationship: try pair.makeHead($0, $1))
        }
    }
}

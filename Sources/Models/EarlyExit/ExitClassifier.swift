import BertCore

/// A sequence classifier with early exit on the trunk of any family.
///
/// `Base` is a class of the family. Its name, without `Model`, is part of this class's name in the catalog:
///
/// ```swift
/// public typealias MPNetExitClassifier = ExitClassifier<MPNetModel>
/// ```
///
/// As in DeeBERT (Xin et al. 2020), each layer has an off-ramp, linear(tanh(dense(x))), and the final classifier has
/// the same form. x is the hidden state of the first token, after the family's final normalization if there is one.
/// Parameters have DeeBERT's names: `PREFIX.encoder.highway.0.pooler.dense`, `PREFIX.encoder.highway.0.classifier`, …,
/// `PREFIX.pooler.dense` (or the name of the family's own pooler) and `classifier`.
public struct ExitClassifier<Base: BertPreTrainedModel>: EarlyExitClassifier, ComposedModel {
    public static var modelName: String {
        let name = Base.modelName
        return (name.hasSuffix("Model") ? String(name.dropLast("Model".count)) : name) + "ExitClassifier"
    }
    public static var design: ModelDesign<OffRampsHead> { .highways(Base.family) }
    public let parts: ModelParts<OffRampsHead>

    public init(parts: ModelParts<OffRampsHead>) { self.parts = parts }
}

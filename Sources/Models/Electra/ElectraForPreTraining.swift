public import BertCore

/// ELECTRA's discriminator, which finds the tokens that a generator replaced (`transformers.ElectraForPreTraining`).
public struct ElectraForPreTraining: ReplacedTokenDetectionModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.electra) { config in
        [
            .init("discriminator_predictions.dense", config.hiddenSize, config.hiddenAct.function),
            .init("discriminator_predictions.dense_prediction", 1),
        ]
    }
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// In the place of ``ElectraForPreTraining`` where its backend is missing.
public typealias DummyElectraForPreTraining = Dummy<ElectraForPreTraining>

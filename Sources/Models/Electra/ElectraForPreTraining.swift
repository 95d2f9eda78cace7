public import BertCore

/// ELECTRA's discriminator with a replaced token detection head (`transformers.ElectraForPreTraining`).
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

/// The placeholder for ``ElectraForPreTraining`` while its backend is unavailable.
public typealias DummyElectraForPreTraining = Dummy<ElectraForPreTraining>

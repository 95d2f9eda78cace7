import BertCore
public import BertModels

extension ModelFamily {
    /// A small model family with pre-normalization, a final normalization, no token types, and its own parameter names
    /// and configuration keys.
    public static let pebble = ModelFamily(
        "Pebble", modelTypes: ["pebble"], prefix: "pebble",
        defaults: { $0.numHiddenLayers = 4 },
        keys: ["hidden_size": ["width"], "num_hidden_layers": ["depth"]], unusedKeys: ["type_vocab_size"],
        configuration: PebbleConfiguration.self,
        embeddings: {
            EmbeddingDesign(width: $0.hiddenSize, word: "words", position: "places", tokenType: nil, norm: "start")
        },
        layers: { config in
            (0..<config.numHiddenLayers).map { index in
                LayerDesign(
                    "stones.\(index)", headMaskRow: index, normOrder: .pre,
                    attention: AttentionDesign(
                        .fused("qkv"), output: "mix", norm: "before", heads: config.numAttentionHeads,
                        headSize: config.headSize, inputBias: false),
                    feedForward: FeedForwardDesign(
                        .plain("up"), output: "down", norm: "between", size: config.intermediateSize,
                        activation: config.hiddenAct.function))
            }
        },
        finalNorm: { _ in "end" },
        tasks: [.encoder: PebbleModel.self, .sequenceClassification: PebbleForSequenceClassification.self])
}

/// The keys of Pebble's `config.json` in addition to BERT's.
public struct PebbleConfiguration: FamilyConfiguration {
    /// The width of the first layer of the head.
    public var headWidth = 16
    public init() {}
    public static let keys: [ConfigurationKey<Self>] = [.int("head_width", \.headWidth, 1...4096)]
}

/// The Pebble encoder without a head.
public struct PebbleModel: EncoderModel, ComposedModel {
    public static let design = ModelDesign<PoolerHead>.bare(.pebble)
    public let parts: ModelParts<PoolerHead>

    public init(parts: ModelParts<PoolerHead>) { self.parts = parts }
}

/// A Pebble text classifier with mean pooling.
public struct PebbleForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.sequence(.pebble, reading: { _ in .mean }) { config in
        [
            .init("head.dense", config[PebbleConfiguration.self].headWidth, .tanh),
            .init("head.labels", config.numLabels),
        ]
    }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// Registers the models when the code is loaded, before `main` or in `dlopen`.
@used
#if objectFormat(MachO)
    @section("__DATA,__mod_init_func")
#else
    @section(".init_array")
#endif
private let register: @convention(c) () -> Void = {
    ModelCatalogue.registerAtLoad(.pebble)
    ModelCatalogue.registerAtLoad(BertForMarginClassification.self)
}

/// How a family's trunk differs from the others': what its parameters are called and how positions are counted.
///
/// All families run through the same encoder.
public struct ModelFamily: Sendable {
    /// What the trunk's names begin with in a model with a head: `bert`.
    let prefix: String
    /// The names within a layer.
    let layer: LayerNames
    /// The sub-layers of each layer, in order.
    let layerPaths: @Sendable (BertConfig) -> [[LayerPath]]
    /// The linear layer from the width of the embeddings to that of the layers.
    var mapping: String?
    /// The dense layer of the pooler; nil for a family without one.
    var pooler: String?
    /// Whether positions are counted from the padding's id.
    var positionsFollowPadding = false
    /// Whether there is a table of token types.
    var hasTokenTypes = true

    /// Where the parameters of a layer are, and which row of a head mask it takes.
    struct LayerPath: Sendable {
        let path: String
        let headMaskRow: Int
    }

    static let bert = ModelFamily(
        prefix: "bert", layer: .bert, layerPaths: onePath { "encoder.layer.\($0)" }, pooler: "pooler.dense")

    static let roberta = ModelFamily(
        prefix: "roberta", layer: .bert, layerPaths: onePath { "encoder.layer.\($0)" }, pooler: "pooler.dense",
        positionsFollowPadding: true)

    static let distilBert = ModelFamily(
        prefix: "distilbert", layer: .distilBert, layerPaths: onePath { "transformer.layer.\($0)" },
        hasTokenTypes: false)

    static let albert = ModelFamily(
        prefix: "albert", layer: .albert,
        layerPaths: { config in
            let layersPerGroup = config.numHiddenLayers / config.numHiddenGroups
            return (0..<config.numHiddenLayers).map { layer in
                // As `transformers` has it, also where the groups don't divide the layers.
                let group = Int(Double(layer) / (Double(config.numHiddenLayers) / Double(config.numHiddenGroups)))
                return (0..<config.innerGroupNum).map { inner in
                    LayerPath(
                        path: "encoder.albert_layer_groups.\(group).albert_layers.\(inner)",
                        headMaskRow: group * layersPerGroup + inner)
                }
            }
        },
        mapping: "encoder.embedding_hidden_mapping_in", pooler: "pooler")

    /// Each layer has one block, under a path of its own.
    private static func onePath(_ path: @escaping @Sendable (Int) -> String) -> @Sendable (BertConfig) -> [[LayerPath]]
    {
        { config in (0..<config.numHiddenLayers).map { [LayerPath(path: path($0), headMaskRow: $0)] } }
    }

    func positionRule(_ config: BertConfig) -> PositionRule {
        positionsFollowPadding ? .afterPadding(config.padTokenId ?? 1) : .absolute
    }

    /// Whether layers of this configuration also attend to an encoder's states.
    func attendsToEncoder(_ config: BertConfig) -> Bool {
        layer.crossAttention != nil && config.isDecoder && config.addCrossAttention
    }

    /// Whether tokens see only those before them.
    func isCausal(_ config: BertConfig) -> Bool { layer.crossAttention != nil && config.isDecoder }
}

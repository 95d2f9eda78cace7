import BertCore

/// The first layer of a trunk as data: LayerNorm(word + position + type), and a linear layer where the tables are narrower
/// than the layers.
///
/// All names are relative to the trunk.
public struct EmbeddingDesign: Sendable {
    /// The table of words, `[vocab_size, width]`.
    public var word: String
    /// The table of positions, `[max_position_embeddings, width]`.
    public var position: String
    /// The table of token types, `[type_vocab_size, width]`; nil for a family without.
    public var tokenType: String?
    /// The normalisation.
    public var norm: NormDesign
    /// The width of the tables.
    public var width: Int
    /// The linear layer behind the normalisation, from the width of the tables to `hidden_size`.
    public var projection: String?

    /// Describes the embeddings; names are BERT's unless given.
    public init(
        width: Int, word: String = "embeddings.word_embeddings", position: String = "embeddings.position_embeddings",
        tokenType: String? = "embeddings.token_type_embeddings", norm: NormDesign = "embeddings.LayerNorm",
        projection: String? = nil
    ) {
        self.width = width
        self.word = word
        self.position = position
        self.tokenType = tokenType
        self.norm = norm
        self.projection = projection
    }

    func parameterSpecs(_ prefix: String, _ config: BertConfig) -> [ParameterSpec] {
        var specs = [
            ParameterSpec(
                wordName(prefix), [config.vocabSize, width],
                config.padTokenId.map { ParameterSpec.Initialisation.normalExceptRow($0) } ?? .normal),
            ParameterSpec("\(prefix)\(position).weight", [config.maxPositionEmbeddings, width]),
        ]
        if let tokenType {
            specs.append(ParameterSpec("\(prefix)\(tokenType).weight", [config.typeVocabSize, width]))
        }
        specs += ParameterSpec.layerNorm(norm.under(prefix), width)
        if let projection {
            specs += ParameterSpec.linear(prefix + projection, in: width, out: config.hiddenSize)
        }
        return specs
    }

    /// The name of the table that language model heads share.
    func wordName(_ prefix: String) -> String { "\(prefix)\(word).weight" }
}

/// The embeddings that an ``EmbeddingDesign`` describes.
struct Embeddings: Sendable {
    private let tables: EmbeddingTables
    private let projection: PreparedLinear?

    init(_ loader: WeightLoader, prefix: String, _ design: EmbeddingDesign, epsilon: Double) throws {
        tables = EmbeddingTables(
            word: try loader.tensor(design.wordName(prefix)),
            position: try loader.tensor("\(prefix)\(design.position).weight"),
            tokenType: try design.tokenType.map { try loader.tensor("\(prefix)\($0).weight") },
            norm: try loader.layerNorm(design.norm.under(prefix), epsilon: epsilon))
        projection = try design.projection.map { try loader.linear(prefix + $0) }
    }

    /// `[tokens, hidden]`.
    func callAsFunction(_ input: PackedInput, on backend: any ComputeBackend) throws -> Tensor {
        let words: EmbeddingInput.Words =
            switch input.words {
            case .ids(let ids): .ids(try backend.indices(ids))
            case .vectors(let vectors, let size):
                .vectors(try backend.constant(vectors, shape: [input.places.count, size]))
            }
        let embedded = try backend.embeddings(
            EmbeddingInput(
                words: words, positions: backend.indices(input.positions),
                tokenTypes: tables.tokenType == nil ? nil : backend.indices(input.tokenTypes)),
            tables)
        return try projection.map { try backend.linear(embedded, $0, activation: nil, residual: nil) } ?? embedded
    }
}

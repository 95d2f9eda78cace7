import BertCore

/// Word, position and token type embeddings with their layer normalisation, mapped to the layers' width.
struct Embeddings: Sendable {
    private let tables: EmbeddingTables
    private let mapping: PreparedLinear?

    /// The parameters under `prefix` (empty, or ending in a dot).
    static func parameterSpecs(_ prefix: String, _ config: BertConfig, _ family: ModelFamily) -> [ParameterSpec] {
        let size = config.embeddingWidth
        var specs = [
            ParameterSpec(
                wordName(prefix), [config.vocabSize, size],
                config.padTokenId.map { ParameterSpec.Initialisation.normalExceptRow($0) } ?? .normal),
            ParameterSpec("\(prefix)embeddings.position_embeddings.weight", [config.maxPositionEmbeddings, size]),
        ]
        if family.hasTokenTypes {
            specs.append(
                ParameterSpec("\(prefix)embeddings.token_type_embeddings.weight", [config.typeVocabSize, size]))
        }
        specs += ParameterSpec.layerNorm("\(prefix)embeddings.LayerNorm", size)
        if let mapping = family.mapping {
            specs += ParameterSpec.linear(prefix + mapping, in: size, out: config.hiddenSize)
        }
        return specs
    }

    /// The name of the table that language model heads share.
    static func wordName(_ prefix: String) -> String { "\(prefix)embeddings.word_embeddings.weight" }

    init(_ loader: WeightLoader, prefix: String, _ config: BertConfig, _ family: ModelFamily) throws {
        tables = EmbeddingTables(
            word: try loader.tensor(Self.wordName(prefix)),
            position: try loader.tensor("\(prefix)embeddings.position_embeddings.weight"),
            tokenType: family.hasTokenTypes
                ? try loader.tensor("\(prefix)embeddings.token_type_embeddings.weight") : nil,
            norm: try loader.layerNorm("\(prefix)embeddings.LayerNorm", epsilon: config.layerNormEps))
        mapping = try family.mapping.map { try loader.linear(prefix + $0) }
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
        return try mapping.map { try backend.linear(embedded, $0, activation: nil, residual: nil) } ?? embedded
    }
}

extension BertConfig {
    /// The width of the embedding tables: ALBERT's are narrower than its hidden states.
    var embeddingWidth: Int { modelType == .albert ? embeddingSize : hiddenSize }
}

import BertCore

/// Word, position and token type embeddings with their layer normalisation.
struct Embeddings: Sendable {
    let tables: EmbeddingTables

    /// The parameters under `name`, as BERT and RoBERTa call them.
    static func parameterSpecs(_ name: String, _ config: BertConfig) -> [ParameterSpec] {
        let size = config.embeddingWidth
        return [
            ParameterSpec(
                "\(name).word_embeddings.weight", [config.vocabSize, size],
                config.padTokenId.map { ParameterSpec.Initialisation.normalExceptRow($0) } ?? .normal),
            ParameterSpec("\(name).position_embeddings.weight", [config.maxPositionEmbeddings, size]),
            ParameterSpec("\(name).token_type_embeddings.weight", [config.typeVocabSize, size]),
        ] + ParameterSpec.layerNorm("\(name).LayerNorm", size)
    }

    init(_ loader: WeightLoader, name: String, _ config: BertConfig) throws {
        tables = EmbeddingTables(
            word: try loader.tensor("\(name).word_embeddings.weight"),
            position: try loader.tensor("\(name).position_embeddings.weight"),
            tokenType: try loader.tensor("\(name).token_type_embeddings.weight"),
            norm: try loader.layerNorm("\(name).LayerNorm", epsilon: config.layerNormEps))
    }

    /// `[tokens, embedding size]`.
    func callAsFunction(_ input: PackedInput, on backend: any ComputeBackend) throws -> Tensor {
        let words: EmbeddingInput.Words =
            switch input.words {
            case .ids(let ids): .ids(try backend.indices(ids))
            case .vectors(let vectors, let size):
                .vectors(try backend.constant(vectors, shape: [input.places.count, size]))
            }
        return try backend.embeddings(
            EmbeddingInput(
                words: words, positions: backend.indices(input.positions), tokenTypes: backend.indices(input.tokenTypes)
            ),
            tables)
    }
}

import BertCore

/// A description of a trunk's embedding layer: LayerNorm(word + position + type), with a linear layer if the tables are
/// narrower than the layers.
///
/// All names are relative to the trunk.
public struct EmbeddingDesign: Sendable {
    /// The word embeddings, `[vocab_size, width]`.
    public var word: String
    /// The position embeddings, `[max_position_embeddings, width]`; nil for none.
    public var position: String?
    /// The token type embeddings, `[type_vocab_size, width]`; nil for none.
    public var tokenType: String?
    /// The normalization.
    public var norm: NormDesign
    /// The width of the tables.
    public var width: Int
    /// The linear layer from the width of the tables to `hidden_size`, if there is one.
    public var projection: String?
    /// Whether the linear layer has a bias.
    public var hasProjectionBias: Bool
    /// Whether the normalization follows the linear layer instead of preceding it.
    public var normFollowsProjection: Bool

    /// Creates a description of an embedding layer. The default names are those of BERT.
    public init(
        width: Int, word: String = "embeddings.word_embeddings", position: String? = "embeddings.position_embeddings",
        tokenType: String? = "embeddings.token_type_embeddings", norm: NormDesign = "embeddings.LayerNorm",
        projection: String? = nil, projectionBias: Bool = true, normFollowsProjection: Bool = false
    ) {
        hasProjectionBias = projectionBias
        self.normFollowsProjection = normFollowsProjection
        self.width = width
        self.word = word
        self.position = position
        self.tokenType = tokenType
        self.norm = norm
        self.projection = projection
    }

    /// Returns the parameters.
    ///
    /// - Parameter positions: The numbering of positions. If padding has its own row in the table, that row is zero.
    func parameterSpecs(_ prefix: String, _ config: BertConfig, _ positions: PositionRule) -> [ParameterSpec] {
        var specs = [
            ParameterSpec(
                wordName(prefix), [config.vocabSize, width],
                config.padTokenId.map {
                    ParameterSpec.Initialisation.normalExceptRow($0 < 0 ? $0 + config.vocabSize : $0)
                } ?? .normal)
        ]
        if let position {
            var initialisation = ParameterSpec.Initialisation.normal
            if case .afterPadding(let row) = positions { initialisation = .normalExceptRow(row) }
            specs.append(
                ParameterSpec(
                    "\(prefix)\(position).weight", [config.maxPositionEmbeddings, width], initialisation))
        }
        if let tokenType {
            specs.append(ParameterSpec("\(prefix)\(tokenType).weight", [config.typeVocabSize, width]))
        }
        let norm = ParameterSpec.layerNorm(norm.under(prefix), normFollowsProjection ? config.hiddenSize : width)
        guard let projection else { return specs + norm }
        let linear = ParameterSpec.linear(
            prefix + projection, in: width, out: config.hiddenSize, bias: hasProjectionBias)
        return specs + (normFollowsProjection ? linear + norm : norm + linear)
    }

    /// Returns the name of the word embeddings, which language modeling heads share.
    func wordName(_ prefix: String) -> String { "\(prefix)\(word).weight" }
}

/// An embedding layer described by an ``EmbeddingDesign``.
struct Embeddings: Sendable {
    private let tables: EmbeddingTables
    private let projection: PreparedLinear?
    private let normFollowsProjection: Bool
    private let zeroesMaskedTokens: Bool

    init(
        _ loader: WeightLoader, prefix: String, _ design: EmbeddingDesign, epsilon: Double, zeroesMaskedTokens: Bool
    ) throws {
        self.zeroesMaskedTokens = zeroesMaskedTokens
        tables = EmbeddingTables(
            word: try loader.tensor(design.wordName(prefix)),
            position: try design.position.map { try loader.tensor("\(prefix)\($0).weight") },
            tokenType: try design.tokenType.map { try loader.tensor("\(prefix)\($0).weight") },
            norm: try loader.layerNorm(design.norm.under(prefix), epsilon: epsilon))
        projection = try design.projection.map { try loader.linear(prefix + $0, bias: design.hasProjectionBias) }
        normFollowsProjection = design.normFollowsProjection && projection != nil
    }

    /// Returns the embeddings `[tokens, hidden]`.
    func callAsFunction(
        _ input: PackedInput, _ dropout: PartDropout?, on backend: any ComputeBackend
    ) throws -> Tensor {
        let embedded = try embed(input, dropout, on: backend)
        guard zeroesMaskedTokens, let masked = input.maskedOut else { return embedded }
        return try backend.binary(
            .multiply, embedded, backend.constant(masked.map { $0 ? 0 : 1 }, shape: [masked.count, 1]))
    }

    private func embed(_ input: PackedInput, _ dropout: PartDropout?, on backend: any ComputeBackend) throws -> Tensor {
        func dropped(_ x: Tensor) throws -> Tensor {
            try dropout.map { try $0(x, at: 0, rate: $0.rates.embeddings, on: backend) } ?? x
        }
        let words: EmbeddingInput.Words =
            switch input.words {
            case .ids(let ids): .ids(try backend.indices(ids))
            case .vectors(let vectors, let size):
                .vectors(try backend.constant(vectors, shape: [input.places.count, size]))
            }
        let positions = try tables.position == nil ? nil : backend.indices(input.positions)
        let types = try tables.tokenType == nil ? nil : backend.indices(input.tokenTypes)
        if let projection, normFollowsProjection {
            var sum =
                switch words {
                case .ids(let ids): try backend.gatherRows(tables.word, indices: ids)
                case .vectors(let vectors): vectors
                }
            for (table, indices) in [(tables.position, positions), (tables.tokenType, types)] {
                guard let table, let indices else { continue }
                sum = try backend.binary(.add, sum, backend.gatherRows(table, indices: indices))
            }
            let projected = try backend.linear(sum, projection, activation: nil, residual: nil)
            return try dropped(backend.layerNorm(projected, residual: nil, tables.norm))
        }
        let embedded = try dropped(
            backend.embeddings(EmbeddingInput(words: words, positions: positions, tokenTypes: types), tables))
        return try projection.map { try backend.linear(embedded, $0, activation: nil, residual: nil) } ?? embedded
    }
}

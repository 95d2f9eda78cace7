public import BertCore

/// How to make one layer of a trunk: its parameters, and the layer itself once they are there.
///
/// ``LayerDesign`` is the recipe of every layer that attention, a feed-forward block and their normalisations can make up. A
/// family whose layers do something else conforms to this protocol.
public protocol LayerRecipe: Sendable {
    /// What the layer's parameter names begin with behind the trunk's prefix: `encoder.layer.3`. Layers with one path share
    /// their weights and are loaded once.
    var path: String { get }
    /// Whether the layer needs to know where tokens stand: ``LayerInput/places``. False unless a recipe says otherwise.
    var usesPlaces: Bool { get }
    /// The parameters, whose names begin with `prefix`, which is empty or ends in a dot; a name that several layers have is one
    /// parameter.
    func parameterSpecs(_ prefix: String, _ config: BertConfig) -> [ParameterSpec]
    /// The layer with its weights.
    func load(_ loader: WeightLoader, _ prefix: String, _ config: BertConfig) throws -> any TrunkLayer
}

extension LayerRecipe {
    public var usesPlaces: Bool { false }
}

/// One layer of a trunk.
public protocol TrunkLayer: Sendable {
    /// Runs the layer.
    ///
    /// - Returns: hidden states `[queries, hidden]` of ``LayerInput/rows`` alone.
    func callAsFunction(_ input: LayerInput, on backend: any ComputeBackend) throws -> LayerOutput
}

/// What a layer is given.
public struct LayerInput: Sendable {
    /// `[tokens, hidden]`.
    public var hidden: Tensor
    /// The tokens to give hidden states of, int32 `[queries]`; they attend to all. All tokens if nil.
    public var rows: Tensor?
    /// Where those tokens lie.
    public var queries: PackedSequences
    /// Where all tokens lie.
    public var keys: PackedSequences
    /// Added to the scores, a block `[query, key]` for each sequence; nil if every query sees every key.
    public var mask: Tensor?
    /// The blocks of ``mask`` for all tokens as queries.
    let wholeMask: Tensor?
    /// What the host knows of the tokens.
    let host: HostTokens
    /// The columns of queries and keys; nil if the index of each in its sequence is its column, or no layer uses places.
    public var places: AttentionPlaces?
    /// Their position ids; nil if these are the columns.
    public var positions: AttentionPlaces?
    /// `[layers][heads]`: what attention probabilities are multiplied with.
    public var headMask: [[Float]]?
    /// Whether to give attention probabilities.
    public var returnsProbabilities: Bool
    /// What to leave out, in training.
    public var dropout: PartDropout?
    /// The states of an encoder, for layers that attend to them.
    let cross: CrossAttentionInput?

    /// What attention needs of it.
    ///
    /// - Parameters:
    ///   - heads: the number of heads.
    ///   - headSize: the features of each, by whose square root scores are divided.
    ///   - headMaskRow: the row of the head mask that is this layer's.
    ///   - backend: the backend that makes the tensor.
    /// - Throws: ``BertError`` with code `invalidInput` if the head mask lacks the row.
    public func attentionOptions(
        heads: Int, headSize: Int, headMaskRow: Int, on backend: any ComputeBackend
    ) throws -> AttentionOptions {
        let headScale = try headMask.map { mask in
            guard mask.indices.contains(headMaskRow) else {
                throw BertError(
                    .invalidInput, "head_mask has no row \(headMaskRow), which this model's layer groups ask for")
            }
            return try backend.constant(mask[headMaskRow], shape: [mask[headMaskRow].count])
        }
        return AttentionOptions(
            heads: heads, scale: 1 / Float(headSize).squareRoot(), sequences: queries, keySequences: keys, mask: mask,
            headScale: headScale, places: places, returnsProbabilities: returnsProbabilities)
    }
}

/// What the host knows of the tokens that a layer runs on.
struct HostTokens: Sendable {
    /// The mask of the queries that the layer runs for; nil if every query sees every key.
    let mask: [Float]?
    /// The columns of those queries.
    let queryColumns: [Int32]
    /// The columns of all tokens.
    let columns: [Int32]
    /// Which tokens are masked out and computed all the same; nil if none is.
    let maskedOut: [Bool]?

    init(_ state: ActiveSequences, _ rows: ActiveSequences.Rows?) {
        mask = rows == nil ? state.blocks : rows?.blocks
        columns = state.columns
        queryColumns = rows?.numbers.map { state.columns[Int($0)] } ?? state.columns
        maskedOut = state.maskedOut
    }
}

extension LayerInput {
    /// The mask that hides what is out of reach as well; nil if there is no mask.
    ///
    /// `transformers` has both in one mask: a query that sees no key attends to all alike, in reach or not.
    func mask(reach: Int, on backend: any ComputeBackend) throws -> Tensor? {
        guard var blocks = host.mask else { return nil }
        var next = 0
        for sequence in 0..<keys.count {
            for query in queries[sequence] {
                for key in keys[sequence] {
                    if abs(host.columns[key] - host.queryColumns[query]) > reach {
                        blocks[next] = PackedInput.excludedScore
                    }
                    next += 1
                }
            }
        }
        return try backend.constant(blocks, shape: [blocks.count])
    }
}

/// What a layer gives.
public struct LayerOutput: Sendable {
    /// `[queries, hidden]`.
    public var hidden: Tensor
    /// For each block of attention in it the probabilities, if they were asked for.
    public var probabilities: [Tensor]
    /// The same of the attention to an encoder's states.
    public var crossProbabilities: [Tensor]

    /// What a layer gives.
    public init(hidden: Tensor, probabilities: [Tensor] = [], crossProbabilities: [Tensor] = []) {
        self.hidden = hidden
        self.probabilities = probabilities
        self.crossProbabilities = crossProbabilities
    }
}

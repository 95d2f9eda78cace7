public import BertCore

/// A description of a layer that can be loaded: its parameters, and how to create the layer from them.
///
/// ``LayerDesign`` describes layers that consist of attention, a feed-forward block and normalizations. Families with
/// other kinds of layers implement this protocol.
public protocol LayerRecipe: Sendable {
    /// The prefix of the layer's parameter names, relative to the trunk: `encoder.layer.3`. Layers with the same path
    /// share their weights and are loaded once.
    var path: String { get }
    /// Whether the layer needs token positions, ``LayerInput/places``. The default is false.
    var usesPlaces: Bool { get }
    /// The names of the linear layers, relative to the trunk, whose results are added to hidden states:
    /// `encoder.layer.3.output.dense`. New models start with smaller values for them. The default is none.
    var residualOutputs: [String] { get }
    /// Returns the parameters. Their names start with `prefix`, which is empty or ends in a dot. A name that several
    /// layers use is a single parameter.
    func parameterSpecs(_ prefix: String, _ config: BertConfig) -> [ParameterSpec]
    /// Creates the layer from its weights.
    func load(_ loader: WeightLoader, _ prefix: String, _ config: BertConfig) throws -> any TrunkLayer
}

extension LayerRecipe {
    public var usesPlaces: Bool { false }
    public var residualOutputs: [String] { [] }
}

/// A layer of a trunk.
public protocol TrunkLayer: Sendable {
    /// Runs the layer.
    ///
    /// - Returns: The hidden states `[queries, hidden]` of the tokens in ``LayerInput/rows``.
    func callAsFunction(_ input: LayerInput, on backend: any ComputeBackend) throws -> LayerOutput
}

/// A layer that can compute some tokens before the others, without computing queries, keys and values twice.
protocol DivisibleLayer: TrunkLayer {
    /// Returns the queries, keys and values of all tokens, `[tokens, features]`, for ``LayerInput/projections``.
    func projections(of hidden: Tensor, on backend: any ComputeBackend) throws -> Tensor
}

/// The input of a layer.
public struct LayerInput: Sendable {
    /// The hidden states, `[tokens, hidden]`.
    public var hidden: Tensor
    /// The tokens to compute, int32 `[queries]`, which attend to all tokens; nil for all tokens.
    public var rows: Tensor?
    /// The packed sequences of the queries.
    public var queries: PackedSequences
    /// The packed sequences of all tokens.
    public var keys: PackedSequences
    /// The attention mask, added to the scores: the `[query, key]` blocks of all sequences; nil if all keys can be
    /// attended to.
    public var mask: Tensor?
    /// The mask blocks with all tokens as queries.
    let wholeMask: Tensor?
    /// The attention context of tokens whose window has no visible token; see ``ForwardOptions/fullyMaskedRows``.
    let fullyMaskedRows: FullyMaskedRows
    /// Token data in host memory.
    let host: HostTokens
    /// The columns of queries and keys; nil if they are the indices in the sequences, or no layer uses them.
    public var places: AttentionPlaces?
    /// The position ids of queries and keys; nil if they equal the columns.
    public var positions: AttentionPlaces?
    /// `[layers][heads]`; the factors applied to attention probabilities.
    public var headMask: [[Float]]?
    /// Whether to return attention probabilities.
    public var returnsProbabilities: Bool
    /// The dropout, in training.
    public var dropout: PartDropout?
    /// The states of an encoder for cross-attention.
    let cross: CrossAttentionInput?
    /// The result of ``DivisibleLayer/projections(of:on:)``; nil if the layer is to compute it.
    var projections: Tensor?

    /// Returns the options of an attention call.
    ///
    /// - Parameters:
    ///   - heads: The number of heads.
    ///   - headSize: The number of features per head. Scores are divided by its square root.
    ///   - headMaskRow: The row of this layer in the head mask.
    ///   - backend: The backend that creates tensors.
    /// - Throws: ``BertError`` with code `invalidInput` if the head mask has no such row.
    public func attentionOptions(
        heads: Int, headSize: Int, headMaskRow: Int, on backend: any ComputeBackend
    ) throws -> AttentionOptions {
        let headScale = try headMask.map { mask in
            guard mask.indices.contains(headMaskRow) else {
                throw BertError(
                    .invalidInput, "head_mask has no row \(headMaskRow), which the layer groups of the model require")
            }
            return try backend.constant(mask[headMaskRow], shape: [mask[headMaskRow].count])
        }
        return AttentionOptions(
            heads: heads, scale: 1 / Float(headSize).squareRoot(), sequences: queries, keySequences: keys, mask: mask,
            headScale: headScale, places: places, returnsProbabilities: returnsProbabilities)
    }
}

/// Data of a layer's tokens in host memory.
struct HostTokens: Sendable {
    /// The mask of the layer's queries; nil if all keys can be attended to.
    let mask: [Float]?
    /// The columns of the queries.
    let queryColumns: [Int32]
    /// The columns of all tokens.
    let columns: [Int32]
    /// The position ids of the queries.
    let queryPositions: [Int32]
    /// The position ids of all tokens.
    let positions: [Int32]
    /// Whether each token is masked out but computed nevertheless; nil if none is.
    let maskedOut: [Bool]?
    /// Whether each query is masked out but computed nevertheless; nil if none is.
    let maskedQueries: [Bool]?

    init(_ state: ActiveSequences, _ rows: ActiveSequences.Rows?) {
        mask = rows == nil ? state.blocks : rows?.blocks
        columns = state.columns
        queryColumns = rows?.numbers.map { state.columns[Int($0)] } ?? state.columns
        positions = state.positions
        queryPositions = rows?.numbers.map { state.positions[Int($0)] } ?? state.positions
        maskedOut = state.maskedOut
        let masked = rows.flatMap { rows in
            state.maskedOut.map { masked in rows.numbers.map { masked[Int($0)] } }
        }
        maskedQueries = rows == nil ? state.maskedOut : masked?.contains(true) == true ? masked : nil
    }

    /// Returns the length of a sequence without masked-out tokens at its end: its greatest position plus 1.
    func length(of sequence: Range<Int>) -> Int {
        let visible = maskedOut.map { masked in sequence.filter { !masked[$0] } } ?? Array(sequence)
        // All tokens of a sequence that is entirely masked out count.
        let tokens = visible.isEmpty ? Array(sequence) : visible
        return tokens.map { Int(positions[$0]) + 1 }.max() ?? 0
    }
}

extension LayerInput {
    /// Returns `[queries, 1]` with 0 for masked-out queries and 1 for all others; nil if none is masked out.
    func visibleQueries(on backend: any ComputeBackend) throws -> Tensor? {
        try host.maskedQueries.map { try backend.constant($0.map { $0 ? 0 : 1 }, shape: [$0.count, 1]) }
    }

    /// Returns a mask that also excludes keys out of reach; nil if there is no mask.
    ///
    /// `transformers` combines both in one mask: a query with no visible keys attends to all keys equally, whether in
    /// reach or not.
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

/// The output of a layer.
public struct LayerOutput: Sendable {
    /// The hidden states, `[queries, hidden]`.
    public var hidden: Tensor
    /// The probabilities of each attention block, if requested.
    public var probabilities: [Tensor]
    /// The probabilities of each cross-attention block, if requested.
    public var crossProbabilities: [Tensor]

    /// Creates an output.
    public init(hidden: Tensor, probabilities: [Tensor] = [], crossProbabilities: [Tensor] = []) {
        self.hidden = hidden
        self.probabilities = probabilities
        self.crossProbabilities = crossProbabilities
    }
}

import BertCore
public import BertJSON

/// A family of models: everything that tells it from the others, described in the family's own folder.
///
/// All families run through the same ``Trunk``. A package adds one by making a value of this type and registering it
/// with ``ModelCatalogue/register(_:origin:)-(ModelFamily,_)``; nothing else in the library knows a family by name.
public final class ModelFamily: Sendable {
    /// What it is called in messages: `RoBERTa`.
    public let title: String
    /// The values of `model_type` in `config.json` that are this family's; a new configuration has the first.
    public let modelTypes: [String]
    /// What the trunk's parameter names begin with in a model with a head, without the dot: `bert`.
    public let prefix: String
    let layoutPrefix: @Sendable (BertConfig) -> String?
    /// What tells this family from another one of the same `model_type`; nil for the family that has the type by itself.
    let isVariant: (@Sendable (JSONObject) -> Bool)?
    /// This family's names of BERT's keys in `config.json`.
    let keys: [String: [String]]
    /// BERT's keys that mean nothing to this family: kept, but neither read nor written.
    let unusedKeys: Set<String>
    let setDefaults: @Sendable (inout BertConfig) -> Void
    let configuration: (any FamilyConfiguration.Type)?
    let check: @Sendable (BertConfig, ConfigurationCheck) throws -> Void
    let recognise: @Sendable (inout BertConfig, Set<String>) throws -> Void
    let positions: @Sendable (BertConfig) -> PositionRule
    let rates: @Sendable (BertConfig) -> DropoutRates
    /// Where the types of tokens come from.
    public let tokenTypes: TokenTypes
    /// Whether attention heads can be cut out of a layer.
    let canPruneHeads: Bool
    /// Whether a decoder is possible: tokens that see only those before them, and attention to an encoder's states.
    let canDecode: Bool
    /// Whether a masked-out token that is computed all the same is a zero vector and sees no token.
    let zeroesMaskedTokens: Bool
    /// Whether labels that are numbers weigh the log-probabilities of one label of several, where `problem_type` doesn't say.
    package let weighsLabels: Bool
    let embeddings: @Sendable (BertConfig) -> EmbeddingDesign
    let layers: @Sendable (BertConfig) -> [any LayerRecipe]
    let finalNorm: @Sendable (BertConfig) -> NormDesign?
    let pooler: String?
    /// The class for each task.
    public let tasks: KeyValuePairs<ModelTask, any BertPreTrainedModel.Type>
    /// Further classes, which are found by their names alone.
    public let otherClasses: [any BertPreTrainedModel.Type]
    /// Further names that `architectures` may have for the class of a task.
    let architectures: [String: ModelTask]

    /// Describes a family.
    ///
    /// - Parameters:
    ///   - title: what it is called in messages.
    ///   - modelTypes: the values of `model_type` that are its own, at least one.
    ///   - isVariant: for a family that shares its `model_type` with another one, what in `config.json` tells them apart.
    ///   - prefix: what the trunk's parameter names begin with in a model with a head.
    ///   - layoutPrefix: the same for a configuration whose checkpoint names its parameters otherwise; nil for `prefix`.
    ///   - defaults: what differs from BERT's in a configuration that says nothing.
    ///   - keys: what `config.json` calls a value that BERT's calls otherwise. Of several names the first that is there
    ///     is read, and written again; a new file has the first.
    ///   - unusedKeys: keys of BERT's that are neither read nor written.
    ///   - configuration: the type of the keys that are the family's own.
    ///   - validate: checks what the values by themselves don't show.
    ///   - recognise: adapts a configuration to a checkpoint, of which it is given the tensors' names: where checkpoints of one
    ///     family call parameters differently, it notes in the family's own part which names these are.
    ///   - positions: how the positions of tokens are counted.
    ///   - dropoutRates: the shares of elements that training leaves out.
    ///   - tokenTypes: where the types of tokens come from.
    ///   - canPruneHeads: whether every layer's queries, keys and values are matrices of their own, not shared with other layers.
    ///   - canDecode: whether `is_decoder` means something.
    ///   - zeroesMaskedTokens: whether a masked-out token that is computed all the same is a zero vector and sees no token.
    ///   - weighsLabels: whether labels that are numbers weigh the log-probabilities of one label of several, where
    ///     `problem_type` doesn't say.
    ///   - embeddings: the first layer.
    ///   - layers: the layers, in order; those with one path share their weights.
    ///   - finalNorm: the normalisation after the last layer, if there is one.
    ///   - pooler: the linear layer of the pooler, tanh(dense(first token)), if there is one.
    ///   - tasks: the class for each task.
    ///   - otherClasses: further classes, which are found by their names alone.
    ///   - architectures: further names that `architectures` may have for the class of a task.
    public init(
        _ title: String, modelTypes: [String], isVariant: (@Sendable (JSONObject) -> Bool)? = nil, prefix: String,
        layoutPrefix: @escaping @Sendable (BertConfig) -> String? = { _ in nil },
        defaults: @escaping @Sendable (inout BertConfig) -> Void = { _ in }, keys: [String: [String]] = [:],
        unusedKeys: Set<String> = [], configuration: (any FamilyConfiguration.Type)? = nil,
        validate: @escaping @Sendable (BertConfig, ConfigurationCheck) throws -> Void = { _, _ in },
        recognise: @escaping @Sendable (inout BertConfig, Set<String>) throws -> Void = { _, _ in },
        positions: @escaping @Sendable (BertConfig) -> PositionRule = { _ in .absolute },
        dropoutRates: @escaping @Sendable (BertConfig) -> DropoutRates = { DropoutRates($0) },
        tokenTypes: TokenTypes = .none,
        canPruneHeads: Bool = false, canDecode: Bool = false,
        zeroesMaskedTokens: Bool = false, weighsLabels: Bool = false,
        embeddings: @escaping @Sendable (BertConfig) -> EmbeddingDesign,
        layers: @escaping @Sendable (BertConfig) -> [any LayerRecipe],
        finalNorm: @escaping @Sendable (BertConfig) -> NormDesign? = { _ in nil }, pooler: String? = nil,
        tasks: KeyValuePairs<ModelTask, any BertPreTrainedModel.Type>,
        otherClasses: [any BertPreTrainedModel.Type] = [], architectures: [String: ModelTask] = [:]
    ) {
        self.title = title
        self.modelTypes = modelTypes
        self.isVariant = isVariant
        self.prefix = prefix
        self.layoutPrefix = layoutPrefix
        self.keys = keys
        self.unusedKeys = unusedKeys
        setDefaults = defaults
        self.configuration = configuration
        check = validate
        self.recognise = recognise
        self.positions = positions
        rates = dropoutRates
        self.tokenTypes = tokenTypes
        self.canPruneHeads = canPruneHeads
        self.canDecode = canDecode
        self.zeroesMaskedTokens = zeroesMaskedTokens
        self.weighsLabels = weighsLabels
        self.embeddings = embeddings
        self.layers = layers
        self.finalNorm = finalNorm
        self.pooler = pooler
        self.tasks = tasks
        self.otherClasses = otherClasses
        self.architectures = architectures
    }

    /// The classes of the family: those of its tasks, then the others.
    public var classes: [any BertPreTrainedModel.Type] { tasks.map(\.value) + otherClasses }

    /// What the trunk's parameter names begin with in a model with a head and this configuration, without the dot.
    public func prefix(_ config: BertConfig) -> String { layoutPrefix(config) ?? prefix }

    /// The class for a task, if there is one.
    public func model(for task: ModelTask) -> (any BertPreTrainedModel.Type)? { tasks.first { $0.key == task }?.value }
}

extension ModelFamily {
    /// Where the types of a family's tokens come from.
    public enum TokenTypes: Sendable, Hashable {
        /// The tokenizer tells the texts of a pair apart (BERT).
        case fromTokenizer
        /// There is a table, but its tokenizer gives every token type 0 (RoBERTa).
        case zeros
        /// There is no table.
        case none
    }
}

extension ModelFamily: CustomStringConvertible {
    /// The title.
    public var description: String { title }
}

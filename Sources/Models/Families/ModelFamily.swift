public import BertCheckpoints
import BertCore
public import BertJSON

/// A description of a model family: everything that distinguishes it from other families.
///
/// All families share the same ``Trunk``. To add a family, create an instance and register it with
/// ``ModelCatalogue/register(_:origin:)-(ModelFamily,_)``. No other code of the library depends on specific families.
public final class ModelFamily: Sendable {
    /// The name in messages, for example `RoBERTa`.
    public let title: String
    /// The values of `model_type` in `config.json` of this family. New configurations use the first one.
    public let modelTypes: [String]
    /// The prefix of the trunk's parameter names in models with a head, without the dot, for example `bert`.
    public let prefix: String
    let layoutPrefix: @Sendable (BertConfig) -> String?
    /// Distinguishes this family from another one with the same `model_type`; nil for the family that owns the type.
    let isVariant: (@Sendable (JSONObject) -> Bool)?
    /// The values of `model_type` that are easily confused with this family, with the reason why they aren't supported.
    let refusedTypes: [String: String]
    /// The names of BERT keys in this family's `config.json`.
    let keys: [String: [String]]
    /// The BERT keys that this family doesn't use. They are preserved, but neither parsed nor serialized.
    let unusedKeys: Set<String>
    /// The BERT keys for which `null` means the default.
    let nullableKeys: Set<String>
    let setDefaults: @Sendable (inout BertConfig) -> Void
    let configuration: (any FamilyConfiguration.Type)?
    let check: @Sendable (BertConfig, ConfigurationCheck) throws -> Void
    let recognise: @Sendable (inout BertConfig, Checkpoint) throws -> Void
    let positions: @Sendable (BertConfig) -> PositionRule
    let rates: @Sendable (BertConfig) -> DropoutRates
    /// The keys of dropout rates other than BERT's.
    let dropoutKeys: [String]
    /// The source of token types.
    public let tokenTypes: TokenTypes
    /// Whether attention heads can be pruned.
    let canPruneHeads: Bool
    /// Whether the family supports decoders, with causal attention and cross-attention to an encoder's states.
    let canDecode: Bool
    /// Whether masked-out tokens that are computed are zero vectors and attend to no token.
    let zeroesMaskedTokens: Bool
    /// Whether numeric labels are weights of the log-probabilities if `problem_type` isn't specified.
    package let weighsLabels: Bool
    let embeddings: @Sendable (BertConfig) -> EmbeddingDesign
    let layers: @Sendable (BertConfig) -> [any LayerRecipe]
    let finalNorm: @Sendable (BertConfig) -> NormDesign?
    let pooler: String?
    /// The class for each task.
    public let tasks: KeyValuePairs<ModelTask, any BertPreTrainedModel.Type>
    /// Additional classes, which are found only by name.
    public let otherClasses: [any BertPreTrainedModel.Type]
    /// Additional names in `architectures` for the class of a task.
    let architectures: [String: ModelTask]

    /// Creates a description of a family.
    ///
    /// - Parameters:
    ///   - title: The name in messages.
    ///   - modelTypes: The values of `model_type` of this family; at least one.
    ///   - refusedTypes: The values of `model_type` that are easily confused with this family, with the reason why they
    ///     aren't supported.
    ///   - isVariant: For a family that shares its `model_type` with another one, returns whether `config.json` is of
    ///     this family.
    ///   - prefix: The prefix of the trunk's parameter names in models with a head.
    ///   - layoutPrefix: Returns a different prefix for configurations whose checkpoints use other names; nil for
    ///     `prefix`.
    ///   - defaults: Sets the defaults that differ from those of BERT.
    ///   - keys: The names of BERT keys in this family's `config.json`. If there are several, the first one that is
    ///     present is read and written; new files use the first.
    ///   - unusedKeys: The BERT keys that are neither read nor written.
    ///   - nullableKeys: The BERT keys with a number for which `null` means the default.
    ///   - configuration: The type of the keys that are specific to the family.
    ///   - validate: Checks values that depend on each other.
    ///   - recognise: Adapts a configuration to the names and shapes of a checkpoint's tensors. If checkpoints of the
    ///     family use different parameter names, it records the layout in the family-specific configuration.
    ///   - positions: Returns how the positions of tokens are numbered.
    ///   - dropoutRates: Returns the dropout rates for training.
    ///   - dropoutKeys: The keys of dropout rates that BERT doesn't have.
    ///   - tokenTypes: The source of token types.
    ///   - canPruneHeads: Whether each layer has its own matrices for queries, keys and values, so that heads can be
    ///     pruned.
    ///   - canDecode: Whether `is_decoder` is supported.
    ///   - zeroesMaskedTokens: Whether masked-out tokens that are computed are zero vectors and attend to no token.
    ///   - weighsLabels: Whether numeric labels are weights of the log-probabilities if `problem_type` isn't specified.
    ///   - embeddings: Returns the embedding layer.
    ///   - layers: Returns the layers in order. Layers with the same path share their weights.
    ///   - finalNorm: Returns the normalization after the last layer, if there is one.
    ///   - pooler: The linear layer of the pooler, tanh(dense(first token)), if there is one.
    ///   - tasks: The class for each task.
    ///   - otherClasses: Additional classes, which are found only by name.
    ///   - architectures: Additional names in `architectures` for the class of a task.
    public init(
        _ title: String, modelTypes: [String], isVariant: (@Sendable (JSONObject) -> Bool)? = nil,
        refusedTypes: [String: String] = [:], prefix: String,
        layoutPrefix: @escaping @Sendable (BertConfig) -> String? = { _ in nil },
        defaults: @escaping @Sendable (inout BertConfig) -> Void = { _ in }, keys: [String: [String]] = [:],
        unusedKeys: Set<String> = [], nullableKeys: Set<String> = [],
        configuration: (any FamilyConfiguration.Type)? = nil,
        validate: @escaping @Sendable (BertConfig, ConfigurationCheck) throws -> Void = { _, _ in },
        recognise: @escaping @Sendable (inout BertConfig, Checkpoint) throws -> Void = { _, _ in },
        positions: @escaping @Sendable (BertConfig) -> PositionRule = { _ in .absolute },
        dropoutRates: @escaping @Sendable (BertConfig) -> DropoutRates = { DropoutRates($0) },
        dropoutKeys: [String] = [],
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
        self.refusedTypes = refusedTypes
        self.prefix = prefix
        self.layoutPrefix = layoutPrefix
        self.keys = keys
        self.unusedKeys = unusedKeys
        self.nullableKeys = nullableKeys
        setDefaults = defaults
        self.configuration = configuration
        check = validate
        self.recognise = recognise
        self.positions = positions
        rates = dropoutRates
        self.dropoutKeys = dropoutKeys
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

    /// The classes of the family: those of its tasks, followed by the others.
    public var classes: [any BertPreTrainedModel.Type] { tasks.map(\.value) + otherClasses }

    /// The name of the pooler in classifiers with early exit: that of the trunk's pooler, if there is one.
    package var poolerName: String { pooler ?? "pooler.dense" }

    /// Returns whether hidden states are normalized after the last layer.
    package func hasFinalNorm(_ config: BertConfig) -> Bool { finalNorm(config) != nil }

    /// Returns the prefix of the trunk's parameter names in a model with a head, without the dot.
    public func prefix(_ config: BertConfig) -> String { layoutPrefix(config) ?? prefix }

    /// Returns the names, relative to the trunk, of the linear layers whose results are added to hidden states, once for each
    /// addition.
    package func residualOutputs(_ config: BertConfig) -> [String] { layers(config).flatMap(\.residualOutputs) }

    /// Returns the class for a task, if there is one.
    public func model(for task: ModelTask) -> (any BertPreTrainedModel.Type)? { tasks.first { $0.key == task }?.value }
}

extension ModelFamily {
    /// The source of token types.
    public enum TokenTypes: Sendable, Hashable {
        /// The tokenizer distinguishes the texts of a pair (BERT).
        case fromTokenizer
        /// There is a table, but the tokenizer assigns type 0 to all tokens (RoBERTa).
        case zeros
        /// There is no table.
        case none
    }
}

extension ModelFamily: CustomStringConvertible {
    /// The title of the family.
    public var description: String { title }
}

public import BertCore
public import BertJSON

/// The hyperparameters of a BERT-family model, stored in `config.json` with the names and defaults of `transformers`.
///
/// Properties are named like the keys, in lowerCamelCase. Unknown keys are preserved when a configuration is written.
public struct BertConfig: Sendable {
    /// The kinds of position embeddings.
    public enum PositionEmbeddingType: String, Sendable, CaseIterable {
        /// A learned vector per position, added to the embeddings.
        case absolute
        /// A learned vector per distance, multiplied with queries (Shaw et al. 2018).
        case relativeKey = "relative_key"
        /// A learned vector per distance, multiplied with queries and keys (Huang et al. 2020).
        case relativeKeyQuery = "relative_key_query"
    }

    /// The kinds of sequence classification, which determine the loss.
    public enum ProblemType: String, Sendable, CaseIterable {
        /// Regression with a mean squared error loss.
        case regression
        /// One label of several, with a cross-entropy loss.
        case singleLabelClassification = "single_label_classification"
        /// Any number of labels, with a binary cross-entropy loss.
        case multiLabelClassification = "multi_label_classification"
    }

    /// The family, which determines the defaults and the supported keys.
    public let family: ModelFamily
    /// The `model_type` in `config.json`.
    public internal(set) var modelType: String
    /// The classes that the weights were saved from, for example `BertForMaskedLM`.
    public var architectures: [String] = []

    /// The vocabulary size; token ids are less than this.
    public var vocabSize = 30522
    /// The width of the hidden states.
    public var hiddenSize = 768
    /// The number of layers.
    public var numHiddenLayers = 12
    /// The number of attention heads per layer; divides `hiddenSize`.
    public var numAttentionHeads = 12
    /// The width of the feed-forward layers.
    public var intermediateSize = 3072
    /// The activation of the feed-forward layers.
    public var hiddenAct = HiddenActivation.gelu
    /// The dropout rate after embeddings and blocks.
    public var hiddenDropoutProb = 0.1
    /// The dropout rate of attention probabilities.
    public var attentionProbsDropoutProb = 0.1
    /// The number of rows in the position table, or the maximum input length if there is no table.
    public var maxPositionEmbeddings = 512
    /// The number of token types; token type ids are less than this.
    public var typeVocabSize = 2
    /// The standard deviation of newly initialized weights.
    public var initializerRange = 0.02
    /// The epsilon of layer normalizations.
    public var layerNormEps = 1e-12
    /// The id of the padding token, if there is one.
    public var padTokenId: Int? = 0
    /// The kind of position embeddings.
    public var positionEmbeddingType = PositionEmbeddingType.absolute
    /// Whether a decoder caches keys and values between steps.
    public var useCache = true
    /// The dropout rate before a classifier; nil means `hiddenDropoutProb`.
    public var classifierDropout: Double?
    /// Whether attention is causal.
    public var isDecoder = false
    /// Whether the layers of a decoder have cross-attention to an encoder's output.
    public var addCrossAttention = false
    /// Whether the decoder of a language modeling head shares its weights with the word embeddings.
    public var tieWordEmbeddings = true
    /// The number of rows per call of a feed-forward layer, or 0 for all. Doesn't affect the result.
    public var chunkSizeFeedForward = 0
    /// The pruned heads by layer, with their original indices.
    public var prunedHeads: [Int: [Int]] = [:]
    /// Whether outputs include attentions by default.
    public var outputAttentions = false
    /// Whether outputs include hidden states by default.
    public var outputHiddenStates = false

    /// The names of the labels in the order of their ids (`id2label`).
    public var labels = ["LABEL_0", "LABEL_1"]
    /// The ids of labels by name, as they were read. Used for the labels in training data.
    public var label2id: [String: Int] = ["LABEL_0": 0, "LABEL_1": 1]
    /// Ids below ``numLabels`` that aren't in `id2label`; some files number labels from 1.
    var unnamedLabels: [Int] = []
    /// The kind of sequence classification, if specified.
    public var problemType: ProblemType?
    /// The element type of the weights, if specified: `dtype`, or `torch_dtype` in older files.
    public var dtype: ElementType?

    /// The JSON object that was read, including unknown keys; empty for configurations created in code.
    public internal(set) var raw = JSONObject()

    /// The keys that are specific to the family.
    var own: (any FamilyConfiguration)?

    /// Creates a configuration with the defaults of `transformers` for a family.
    public init(_ family: ModelFamily = .bert) { self.init(family, modelType: family.modelTypes[0]) }

    /// Creates a configuration with the defaults for a `model_type` of a family.
    init(_ family: ModelFamily, modelType: String) {
        self.family = family
        self.modelType = modelType
        own = family.configuration.map { $0.init() }
        family.setDefaults(&self)
    }

    /// The number of labels.
    public var numLabels: Int { labels.count }

    /// The width of an attention head.
    public var headSize: Int { hiddenSize / numAttentionHeads }

    /// Returns the number of attention heads in a layer without ``prunedHeads``.
    public func heads(inLayer layer: Int) -> Int {
        guard let pruned = prunedHeads[layer] else { return numAttentionHeads }
        return numAttentionHeads - Set(pruned).count
    }

    /// Replaces the labels with `LABEL_0`, `LABEL_1`, ….
    public mutating func setNumLabels(_ count: Int) { setLabels(Self.defaultLabels(count)) }

    /// Replaces the labels and `label2id`.
    public mutating func setLabels(_ names: [String]) {
        labels = names
        unnamedLabels = []
        label2id = Dictionary(names.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
    }

    static func defaultLabels(_ count: Int) -> [String] { (0..<max(count, 0)).map { "LABEL_\($0)" } }
}

public import BertCore
public import BertJSON

/// The hyperparameters of a model of the BERT family: `config.json`, with `transformers`' names and defaults.
///
/// Properties are the keys in lowerCamelCase. Keys that are not known here are kept and written back.
public struct BertConfig: Sendable {
    /// How positions enter the attention.
    public enum PositionEmbeddingType: String, Sendable, CaseIterable {
        /// A vector per position is added to the embeddings.
        case absolute
        /// Shaw et al. (2018): a vector per distance meets the query.
        case relativeKey = "relative_key"
        /// Huang et al. (2020): a vector per distance meets query and key.
        case relativeKeyQuery = "relative_key_query"
    }

    /// What a sequence classifier learns, and so its loss.
    public enum ProblemType: String, Sendable, CaseIterable {
        /// Numbers; mean squared error.
        case regression
        /// One label of several; cross entropy.
        case singleLabelClassification = "single_label_classification"
        /// Any number of labels; binary cross entropy.
        case multiLabelClassification = "multi_label_classification"
    }

    /// Which defaults hold, and which keys mean something.
    public let family: ModelFamily
    /// The family's name in `config.json`.
    public internal(set) var modelType: String
    /// The classes that the weights were saved from, for example `BertForMaskedLM`.
    public var architectures: [String] = []

    /// Token ids: 0 ..< this.
    public var vocabSize = 30522
    /// The width of the layers.
    public var hiddenSize = 768
    /// The number of layers.
    public var numHiddenLayers = 12
    /// The number of attention heads in a layer; divides `hiddenSize`.
    public var numAttentionHeads = 12
    /// The width of the feed-forward layer.
    public var intermediateSize = 3072
    /// The activation of the feed-forward layer.
    public var hiddenAct = HiddenActivation.gelu
    /// Dropout in training, after embeddings and blocks.
    public var hiddenDropoutProb = 0.1
    /// Dropout in training, on attention probabilities.
    public var attentionProbsDropoutProb = 0.1
    /// Rows of the position table, or the longest input where there is none.
    public var maxPositionEmbeddings = 512
    /// Token type ids: 0 ..< this.
    public var typeVocabSize = 2
    /// Standard deviation of newly made weights.
    public var initializerRange = 0.02
    /// What layer normalisation adds to the variance.
    public var layerNormEps = 1e-12
    /// The id of padding, if there is one.
    public var padTokenId: Int? = 0
    /// How positions enter the attention.
    public var positionEmbeddingType = PositionEmbeddingType.absolute
    /// Whether a decoder keeps keys and values from step to step.
    public var useCache = true
    /// Dropout before a classifier; nil is `hiddenDropoutProb`.
    public var classifierDropout: Double?
    /// Whether tokens see only those before them.
    public var isDecoder = false
    /// Whether a decoder's layers also attend to an encoder's output.
    public var addCrossAttention = false
    /// Whether the masked-language decoder is the word embedding table.
    public var tieWordEmbeddings = true
    /// Rows that the feed-forward layer takes at a time, 0 for all; the result is the same.
    public var chunkSizeFeedForward = 0
    /// Heads that were cut out, by layer, as they were numbered originally.
    public var prunedHeads: [Int: [Int]] = [:]
    /// Whether outputs include attentions unless a call says otherwise.
    public var outputAttentions = false
    /// Whether outputs include hidden states unless a call says otherwise.
    public var outputHiddenStates = false

    /// The names of the labels; `id2label` without the ids, which are the positions.
    public var labels = ["LABEL_0", "LABEL_1"]
    /// Ids of labels by name, as they were read: training data is labelled with it.
    public var label2id: [String: Int] = ["LABEL_0": 0, "LABEL_1": 1]
    /// Ids below ``numLabels`` that `id2label` doesn't name: some files number labels from 1.
    var unnamedLabels: [Int] = []
    /// What a sequence classifier learns, if it is said.
    public var problemType: ProblemType?
    /// The type of the weights, if it is said: `dtype`, or `torch_dtype` as older files call it.
    public var dtype: ElementType?

    /// What was read, with the keys that are not known here; empty for a configuration made in code.
    public internal(set) var raw = JSONObject()

    /// The family's own part of the configuration.
    var own: (any FamilyConfiguration)?

    /// `transformers`' defaults for a family.
    public init(_ family: ModelFamily = .bert) {
        self.family = family
        modelType = family.modelTypes[0]
        own = family.configuration.map { $0.init() }
        family.setDefaults(&self)
    }

    /// The number of labels.
    public var numLabels: Int { labels.count }

    /// The width of an attention head.
    public var headSize: Int { hiddenSize / numAttentionHeads }

    /// How many attention heads a layer has once ``prunedHeads`` are gone.
    public func heads(inLayer layer: Int) -> Int {
        guard let pruned = prunedHeads[layer] else { return numAttentionHeads }
        return numAttentionHeads - Set(pruned).count
    }

    /// Replaces the labels by `LABEL_0`, `LABEL_1`, ….
    public mutating func setNumLabels(_ count: Int) { setLabels(Self.defaultLabels(count)) }

    /// Replaces the labels, and `label2id` with them.
    public mutating func setLabels(_ names: [String]) {
        labels = names
        unnamedLabels = []
        label2id = Dictionary(names.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
    }

    static func defaultLabels(_ count: Int) -> [String] { (0..<max(count, 0)).map { "LABEL_\($0)" } }
}

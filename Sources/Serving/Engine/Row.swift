import BertCore
import BertModels
import BertPipelines

/// A tokenized text, pair or window.
struct Row: Sendable {
    /// The kind of output. Rows of the same kind and model can share a batch.
    var kind: RowKind
    /// The ids of all tokens, including special tokens. Empty for tasks that tokenize texts themselves.
    var ids: [Int32]
    /// The token types from the tokenizer.
    var types: [Int32]
    /// The form of the embedding, for rows of kind `vector`.
    var form = VectorForm()
    /// The exit policy, or nil for the checkpoint's own.
    var policy: ExitPolicy?
    /// The text, for tasks that tokenize texts themselves.
    var text = ""
    /// The second text: the context of a question.
    var context = ""
    /// The number of tokens.
    var tokens: Int

    init(kind: RowKind, ids: [Int32], types: [Int32], policy: ExitPolicy? = nil) {
        self.kind = kind
        self.ids = ids
        self.types = types
        self.policy = policy
        tokens = ids.count
    }

    init(kind: RowKind, text: String, context: String = "", tokens: Int) {
        self.kind = kind
        ids = []
        types = []
        self.text = text
        self.context = context
        self.tokens = tokens
    }
}

/// The form of a requested embedding. Rows with different forms can share a batch.
struct VectorForm: Sendable, Hashable {
    /// The number of tokens at the start that pooling ignores, for prompts that are excluded from it.
    var skipped = 0
    /// Whether the embedding has length 1.
    var normalizes = true
    /// The number of leading components to keep, or nil for all.
    var dimensions: Int?
}

/// The kind of output of a row.
enum RowKind: Sendable, Hashable {
    /// An embedding.
    case vector
    /// An embedding for each token.
    case tokenVectors
    /// An embedding with a component for each token of the vocabulary.
    case sparseVector
    /// A vector for each token that takes part in late interaction.
    case multiVectors(TokenEmbedder.Side, truncates: Bool)
    /// The logits of a sequence classifier.
    case logits
    /// Named entities.
    case entities(EntityAggregation, stride: Int?, ignored: Set<String>, truncates: Bool)
    /// Answers to a question.
    case answers(AnswerParameters)
    /// Predictions for masked tokens.
    case fillings(topK: Int, targets: [String]?, truncates: Bool)
}

/// The options for answering a question. See `AnswerOptions`.
struct AnswerParameters: Sendable, Hashable {
    var topK = 1
    var stride: Int?
    var maximumLength: Int?
    var maximumAnswerLength = 15
    var allowsNoAnswer = false
    var alignsToWords = true

    init() {}
}

/// The output of a row.
enum RowOutput: Sendable {
    case vector([Float])
    case tokenVectors([[Float]])
    case sparseVector(SparseVector)
    /// Logits, and the layer after which the row exited, counted from 1.
    case logits([Float], exitLayer: Int)
    case entities([TokenEntity])
    case answers([Answer])
    case fillings(MaskFillings)
}

/// Receives the output of a row, given the row's index in the batch. Can be called from any thread.
typealias RowDelivery = @Sendable (_ row: Int, _ output: RowOutput) -> Void

/// A model that computes rows. It blocks the calling thread.
protocol RowComputer: AnyObject, Sendable {
    /// The threads that the model is computed with, if it has several.
    var pool: WorkerPool? { get }
    /// The number of layers, if rows can exit before the last one.
    var exitLayers: Int? { get }

    /// Computes rows of the same kind, and delivers each output as soon as it is available.
    ///
    /// - Throws: Errors of the batch as a whole. Outputs that are already delivered remain valid.
    func compute(_ rows: [Row], deliver: @escaping RowDelivery) throws
}

extension RowComputer {
    var pool: WorkerPool? { nil }
    var exitLayers: Int? { nil }
}

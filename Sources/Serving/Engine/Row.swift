import BertModels
import BertPipelines

/// One text, pair or window, ready to compute.
struct Row: Sendable {
    /// What is computed of it: rows of one kind and model share a batch.
    var kind: RowKind
    /// The tokens' ids, special ones included; empty for a task that tokenizes by itself.
    var ids: [Int32]
    /// The tokens' types, as the tokenizer has them.
    var types: [Int32]
    /// The tokens at the start that pooling leaves out: those of a prompt that doesn't count.
    var skipped = 0
    /// When it leaves the network; the checkpoint's own policy if nil.
    var policy: ExitPolicy?
    /// The text, for a task that tokenizes by itself.
    var text = ""
    /// The second text: a question's context.
    var context = ""
    /// How many tokens it is.
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

/// What is computed of a row.
enum RowKind: Sendable, Hashable {
    /// One vector, before any normalisation.
    case vector
    /// A vector for each token.
    case tokenVectors
    /// A vector with a component for each token of the vocabulary.
    case sparseVector
    /// The logits of a sequence classifier.
    case logits
    /// Named entities.
    case entities(EntityAggregation, stride: Int?, ignored: Set<String>, truncates: Bool)
    /// Answers to a question.
    case answers(AnswerParameters)
    /// Guesses at masked words.
    case fillings(topK: Int, targets: [String]?, truncates: Bool)
}

/// How a question is answered; see `AnswerOptions`.
struct AnswerParameters: Sendable, Hashable {
    var topK = 1
    var stride: Int?
    var maximumLength: Int?
    var maximumAnswerLength = 15
    var allowsNoAnswer = false
    var alignsToWords = true

    init() {}
}

/// What came of a row.
enum RowOutput: Sendable {
    case vector([Float])
    case tokenVectors([[Float]])
    case sparseVector(SparseVector)
    /// Logits, and after which layer the row left, counted from 1.
    case logits([Float], exitLayer: Int)
    case entities([TokenEntity])
    case answers([Answer])
    case fillings(MaskFillings)
}

/// Takes the output of a row, by its place in the batch; from any thread.
typealias RowDelivery = @Sendable (_ row: Int, _ output: RowOutput) -> Void

/// A model that computes rows. Blocks the calling thread.
protocol RowComputer: AnyObject, Sendable {
    /// Computes rows of one kind, and hands each output over as soon as it is there.
    ///
    /// - Throws: for what is wrong with the batch as a whole. Rows that were handed over before stay.
    func compute(_ rows: [Row], deliver: @escaping RowDelivery) throws
}

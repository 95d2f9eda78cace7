/// A span of a text that answers a question. Its JSON is that of Hugging Face's question answering pipeline.
public struct Answer: Sendable, Hashable, Codable {
    /// Its probability; those of equal answers add up.
    public internal(set) var score: Double
    /// Where it begins in the context, in Unicode scalars.
    public let start: Int
    /// Where it ends in the context, in Unicode scalars: the place after its last.
    public let end: Int
    /// The span; empty if there is no answer.
    public let answer: String
}

/// A question and the text to find its answer in.
public struct Question: Sendable, Hashable, Codable {
    /// The question.
    public var question: String
    /// The text.
    public var context: String

    /// A question about a text.
    public init(_ question: String, context: String) {
        self.question = question
        self.context = context
    }
}

/// How answers are looked for; the defaults are those of Hugging Face's pipeline.
public struct AnswerOptions: Sendable {
    /// The most answers to give.
    public var topK = 1
    /// The tokens that windows over a long context share; nil: half of a window, at most 128.
    public var stride: Int?
    /// The most tokens of a window, question and special ones included; nil: what the model takes, at most 384.
    public var maximumLength: Int?
    /// The most tokens of an answer.
    public var maximumAnswerLength = 15
    /// Whether "there is none" is an answer, an empty one.
    public var allowsNoAnswer = false
    /// Whether an answer is of whole words.
    public var alignsToWords = true
    /// The most tokens of a batch; a longer window makes a batch of its own.
    public var tokenBudget = 4_096

    /// The defaults.
    public init() {}
}

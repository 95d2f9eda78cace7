/// An answer to a question: a span of a text. Its JSON has the format of Hugging Face's question answering pipeline.
public struct Answer: Sendable, Hashable, Codable {
    /// The probability. Those of equal answers are summed.
    public internal(set) var score: Double
    /// The start in the context, in Unicode scalars.
    public let start: Int
    /// The end in the context, in Unicode scalars (exclusive).
    public let end: Int
    /// The text of the span; empty if there is no answer.
    public let answer: String
}

/// A question and the text that contains its answer.
public struct Question: Sendable, Hashable, Codable {
    /// The question.
    public var question: String
    /// The text that contains the answer.
    public var context: String

    /// Creates a question about a text.
    public init(_ question: String, context: String) {
        self.question = question
        self.context = context
    }
}

/// Options for question answering. The defaults are those of Hugging Face's pipeline.
public struct AnswerOptions: Sendable {
    /// The maximum number of answers.
    public var topK = 1
    /// The overlap of windows over a long context, in tokens; nil for half of a window, at most 128.
    public var stride: Int?
    /// The maximum number of tokens in a window, including the question and special tokens; nil for the limit of the
    /// model, at most 384.
    public var maximumLength: Int?
    /// The maximum number of tokens in an answer.
    public var maximumAnswerLength = 15
    /// Whether an empty answer is allowed if the context contains none.
    public var allowsNoAnswer = false
    /// Whether answers consist of whole words.
    public var alignsToWords = true
    /// The maximum number of tokens in a batch. A longer window forms its own batch.
    public var tokenBudget = 4_096

    /// Creates options with default values.
    public init() {}
}

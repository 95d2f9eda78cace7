/// An encoded example.
public struct TrainingExample: Sendable {
    /// The tokens and token types of a sequence.
    public struct Sequence: Sendable {
        /// The token ids.
        public var ids: [Int32]
        /// The type of each token.
        public var types: [Int32]

        /// Creates a sequence.
        public init(ids: [Int32], types: [Int32]) {
            self.ids = ids
            self.types = types
        }
    }

    /// The expected output of the model.
    public enum Target: Sendable, Hashable {
        /// An unknown output.
        case none
        /// A class.
        case label(Int32)
        /// A number, or a number for each label.
        case numbers([Float])
        /// A class for each token. −100 means that the token is ignored.
        case tokenLabels([Int32])
        /// The first and the last token of an answer.
        case span(start: Int32, end: Int32)
    }

    /// One sequence, or several for tasks that compare embeddings.
    public var sequences: [Sequence]
    /// The expected output of the model.
    public var target: Target

    /// Creates an example.
    public init(_ sequences: [Sequence], _ target: Target) {
        self.sequences = sequences
        self.target = target
    }

    /// The number of tokens in all sequences.
    public var tokenCount: Int { sequences.reduce(0) { $0 + $1.ids.count } }
}

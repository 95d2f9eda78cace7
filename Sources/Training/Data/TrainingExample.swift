/// One example as the model takes it.
public struct TrainingExample: Sendable {
    /// Tokens with their types.
    public struct Sequence: Sendable {
        /// Indices into the vocabulary.
        public var ids: [Int32]
        /// The type of each.
        public var types: [Int32]

        /// A sequence.
        public init(ids: [Int32], types: [Int32]) {
            self.ids = ids
            self.types = types
        }
    }

    /// What the model should say.
    public enum Target: Sendable, Hashable {
        /// Nothing is known.
        case none
        /// A class.
        case label(Int32)
        /// A number, or one for each label.
        case numbers([Float])
        /// A class for each token; −100 leaves one out.
        case tokenLabels([Int32])
        /// The first and the last token of an answer.
        case span(start: Int32, end: Int32)
    }

    /// One sequence; several for tasks that compare vectors.
    public var sequences: [Sequence]
    /// What the model should say.
    public var target: Target

    /// An example.
    public init(_ sequences: [Sequence], _ target: Target) {
        self.sequences = sequences
        self.target = target
    }

    /// The tokens of all its sequences.
    public var tokenCount: Int { sequences.reduce(0) { $0 + $1.ids.count } }
}

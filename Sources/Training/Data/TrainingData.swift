/// The examples of a file, ready for a model.
public struct TrainingData: Sendable {
    /// What they are for.
    public let task: TrainingTask
    /// The names of the classes; empty where there are none.
    public let labels: [String]
    /// The examples; of a question there is one for each window over its context.
    public var examples: [TrainingExample] = []
    /// How many records they are made of.
    public var recordCount = 0
    /// How many examples were cut because they were too long.
    public var cutCount = 0
    /// For masked words: which tokens of an example are none of its text.
    var specialTokens: [[UInt8]] = []
    /// For questions: what each example is a window over.
    var windows: [Window] = []
    /// For questions: what each record asks.
    var questions: [Question] = []

    /// A window over a context.
    struct Window: Sendable {
        let question: Int
        /// Where each token stands in the context, in Unicode scalars; nil for those of the question.
        let offsets: [Range<Int>?]
    }

    /// A question with its right answers.
    struct Question: Sendable {
        let id: String
        let context: String
        let answers: [String]
    }

    /// No examples.
    public init(task: TrainingTask, labels: [String] = []) {
        self.task = task
        self.labels = labels
    }

    /// Adds an example; `isCut` says that it was longer than it may be.
    public mutating func add(_ example: TrainingExample, isCut: Bool = false) {
        examples.append(example)
        cutCount += isCut ? 1 : 0
    }

    /// Whether each example has its label.
    public var isLabelled: Bool { task == .maskedLM || !examples.contains { $0.target == .none } }

    /// A number that other data hardly has: FNV-1a over tokens and labels.
    public var fingerprint: UInt64 {
        var hash = Fingerprint()
        for example in examples {
            for sequence in example.sequences {
                hash.add(UInt64(sequence.ids.count))
                for id in sequence.ids { hash.add(UInt64(UInt32(bitPattern: id))) }
            }
            switch example.target {
            case .none: hash.add(0)
            case .label(let label): hash.add(UInt64(UInt32(bitPattern: label)))
            case .numbers(let numbers): for number in numbers { hash.add(UInt64(number.bitPattern)) }
            case .tokenLabels(let labels): for label in labels { hash.add(UInt64(UInt32(bitPattern: label))) }
            case .span(let start, let end):
                hash.add(UInt64(UInt32(bitPattern: start)))
                hash.add(UInt64(UInt32(bitPattern: end)))
            }
        }
        return hash.value
    }

    private struct Fingerprint {
        private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

        mutating func add(_ number: UInt64) { value = (value ^ number) &* 0x100_0000_01b3 }
    }
}

/// The encoded examples of a file.
public struct TrainingData: Sendable {
    /// The task of the examples.
    public let task: TrainingTask
    /// The names of the classes, or empty if there are none.
    public let labels: [String]
    /// The examples. A question has an example for each window over its context.
    public var examples: [TrainingExample] = []
    /// The number of records that the examples are made from.
    public var recordCount = 0
    /// The number of truncated examples.
    public var cutCount = 0
    /// For masked language models, whether each token of an example is a special token.
    var specialTokens: [[UInt8]] = []
    /// For question answering, the window of each example.
    var windows: [Window] = []
    /// For question answering, the question of each record.
    var questions: [Question] = []

    /// A window over a context.
    struct Window: Sendable {
        let question: Int
        /// The position of each token in the context, in Unicode scalars. It is nil for tokens of the question.
        let offsets: [Range<Int>?]
    }

    /// A question with its correct answers.
    struct Question: Sendable {
        let id: String
        let context: String
        let answers: [String]
    }

    /// Creates data without examples.
    public init(task: TrainingTask, labels: [String] = []) {
        self.task = task
        self.labels = labels
    }

    /// Adds an example. `isCut` specifies whether it was truncated.
    public mutating func add(_ example: TrainingExample, isCut: Bool = false) {
        examples.append(example)
        cutCount += isCut ? 1 : 0
    }

    /// Adds the examples of the following records.
    mutating func append(_ part: TrainingData) {
        examples += part.examples
        cutCount += part.cutCount
        specialTokens += part.specialTokens
        windows += part.windows
        questions += part.questions
    }

    /// Whether each example has a label.
    public var isLabelled: Bool { task == .maskedLM || !examples.contains { $0.target == .none } }

    /// A hash that identifies the data: FNV-1a of tokens and labels.
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

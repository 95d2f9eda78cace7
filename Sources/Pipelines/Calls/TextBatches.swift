import BertModels
import BertTokenizers

/// Sequences of tokens, sorted by length and cut into batches of about equal work.
struct TextBatches {
    /// Sequences that the model computes together.
    struct Batch {
        /// The places of the sequences among all of them.
        let places: [Int]
        /// Their tokens, in the order of ``places``.
        let encodings: [Encoding]

        /// The tokens as a model takes them, with the types that the tokenizer gives.
        var input: ModelInput {
            ModelInput(ids: encodings.map(\.ids), tokenTypes: encodings.map(\.typeIDs))
        }
    }

    let batches: [Batch]

    /// Makes batches of at most `budget.tokens` tokens and `budget.rows` rows of results, or of one sequence.
    init(_ encodings: [Encoding], _ budget: BatchBudget) {
        let order = encodings.indices.sorted { (encodings[$0].count, $0) < (encodings[$1].count, $1) }
        var batches: [Batch] = []
        var places: [Int] = []
        var (tokens, rows) = (0, 0)
        func close() {
            guard !places.isEmpty else { return }
            batches.append(Batch(places: places, encodings: places.map { encodings[$0] }))
            places = []
            (tokens, rows) = (0, 0)
        }
        for place in order {
            let (moreTokens, moreRows) = (encodings[place].count, budget.rowCount(encodings[place]))
            if tokens + moreTokens > budget.tokens || rows + moreRows > budget.rows { close() }
            places.append(place)
            tokens += moreTokens
            rows += moreRows
        }
        close()
        self.batches = batches
    }
}

/// How much one batch may hold.
struct BatchBudget: Sendable {
    /// The most tokens.
    var tokens: Int
    /// The most rows of results.
    var rows = Int.max
    /// How many rows of results a sequence has.
    var rowCount: @Sendable (Encoding) -> Int = { _ in 0 }
}

/// How texts become batches.
public struct TextOptions: Sendable {
    /// Whether a text over the model's maximum is cut (at its end) rather than an error.
    public var truncates: Bool
    /// The most tokens of a batch; a longer text makes a batch of its own.
    public var tokenBudget: Int

    /// By default nothing is cut, and a batch has up to 4,096 tokens.
    public init(truncates: Bool = false, tokenBudget: Int = 4_096) {
        self.truncates = truncates
        self.tokenBudget = tokenBudget
    }
}

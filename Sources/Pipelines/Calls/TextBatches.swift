import BertModels
import BertTokenizers

/// Sequences sorted by length and divided into batches of similar cost.
struct TextBatches {
    /// Sequences that are computed together.
    struct Batch {
        /// The indices of the sequences.
        let places: [Int]
        /// The tokens of the sequences, in the order of ``places``.
        let encodings: [Encoding]

        /// The model input, with token types.
        var input: ModelInput {
            ModelInput(ids: encodings.map(\.ids), tokenTypes: encodings.map(\.typeIDs))
        }
    }

    let batches: [Batch]

    /// Creates batches of at most `budget.tokens` tokens and `budget.rows` result rows, or of a single sequence.
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

/// The maximum size of a batch.
struct BatchBudget: Sendable {
    /// The maximum number of tokens.
    var tokens: Int
    /// The maximum number of result rows.
    var rows = Int.max
    /// Returns the number of result rows of a sequence.
    var rowCount: @Sendable (Encoding) -> Int = { _ in 0 }
}

/// Options for batching and truncating texts.
public struct TextOptions: Sendable {
    /// Whether to truncate texts that exceed the model's maximum length, at their end, instead of throwing an error.
    public var truncates: Bool
    /// The maximum number of tokens in a batch. A longer text forms its own batch.
    public var tokenBudget: Int

    /// Creates options. By default, texts aren't truncated and a batch has up to 4,096 tokens.
    public init(truncates: Bool = false, tokenBudget: Int = 4_096) {
        self.truncates = truncates
        self.tokenBudget = tokenBudget
    }
}

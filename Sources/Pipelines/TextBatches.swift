import BertModels
import BertTokenizers

/// Texts as tokens, sorted by length and cut into batches of about equal work.
struct TextBatches {
    /// The places of a batch's texts among all texts, and their tokens.
    struct Batch {
        let places: [Int]
        let input: ModelInput
    }

    let batches: [Batch]

    /// Groups encodings so that a batch has at most `tokenBudget` tokens, or one text.
    init(_ encodings: [Encoding], tokenBudget: Int) {
        let order = encodings.indices.sorted { (encodings[$0].count, $0) < (encodings[$1].count, $1) }
        var batches: [Batch] = []
        var places: [Int] = []
        var tokens = 0
        func close() {
            guard !places.isEmpty else { return }
            batches.append(
                Batch(
                    places: places,
                    input: ModelInput(
                        ids: places.map { encodings[$0].ids }, tokenTypes: places.map { encodings[$0].typeIDs })))
            places = []
            tokens = 0
        }
        for place in order {
            if tokens + encodings[place].count > tokenBudget { close() }
            places.append(place)
            tokens += encodings[place].count
        }
        close()
        self.batches = batches
    }
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

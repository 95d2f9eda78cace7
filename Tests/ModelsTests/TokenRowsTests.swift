import Bert
import TestSupport
import Testing

/// Tests `ForwardOptions.rows`, which limits the results to some tokens.
@Suite struct TokenRowsTests {
    /// Sequences of 4, 0, 9 and 3 tokens. The second and the fifth token of the third sequence are masked.
    private static let ids: [[Int32]] = [[5, 6, 7, 8], [], [9, 10, 11, 12, 13, 14, 15, 16, 17], [18, 19, 20]]
    private static let masked: ModelInput = {
        var input = ModelInput(ids: ids)
        input.mask = .tokens((0..<16).map { $0 != 5 && $0 != 8 })
        return input
    }()

    private func load<Model>(_ folder: String, on backend: any ComputeBackend, as type: Model.Type) throws -> Model {
        try #require(
            ModelCatalogue.shared.fromPretrained(Fixtures.path("models/\(folder)"), backend: .named(backend.info.name))
                as? Model)
    }

    private func rows(_ tensor: Tensor, on backend: any ComputeBackend) throws -> [[Float]] {
        let values = try backend.floats(tensor)
        let width = tensor.shape.lastLength
        return (0..<tensor.shape.rowCount).map { Array(values[$0 * width..<($0 + 1) * width]) }
    }

    private func expectSame(_ got: [[Float]], _ want: [[Float]], exactly: Bool) {
        if exactly {
            let isSame = got == want
            #expect(isSame)
        }
        #expect(got.count == want.count)
        #expect(zip(got.joined(), want.joined()).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    /// Tokens in any order, repeated, of only one sequence, masked, or none.
    private static let choices: [[Int]] = [[0], [15, 2, 2, 4], [7, 6, 5], [8, 0, 13], [], Array(0..<16)]

    @Test(arguments: AvailableBackends.names(), ["bert-mlm", "roberta-mlm", "distilbert-mlm"])
    func `a language model scores the vocabulary for those tokens`(name: String, folder: String) throws {
        let backend = try BackendRegistry.shared.backend(.named(name))
        let model = try load(folder, on: backend, as: (any MaskedLanguageModel).self)
        for input in [ModelInput(ids: Self.ids), Self.masked] {
            let whole = try model.forward(input, labels: nil, options: ForwardOptions(maskedTokens: true))
            let all = try rows(whole.logits, on: backend)
            for choice in Self.choices {
                for hiddenStates in [false, true] {
                    let options = ForwardOptions(hiddenStates: hiddenStates, rows: .at(choice))
                    let some = try model.forward(input, labels: nil, options: options)
                    // A masked key adds zeros, but changes the order of additions.
                    let isExact = (input.mask.map { _ in false } ?? true) && ["reference", "simd"].contains(name)
                    expectSame(try rows(some.logits, on: backend), choice.map { all[$0] }, exactly: isExact)
                }
            }
        }
    }

    @Test func `labels are those of the rows, and the loss is the same`() throws {
        let backend = try BackendRegistry.shared.backend(.named("reference"))
        let model = try load("bert-mlm", on: backend, as: (any MaskedLanguageModel).self)
        var labels = [Int32](repeating: -100, count: 16)
        (labels[2], labels[8], labels[13]) = (7, 8, 9)
        let whole = try model.forward(Self.masked, labels: labels, options: ForwardOptions())
        let some = try model.forward(
            Self.masked, labels: [9, 7, 8], options: ForwardOptions(rows: .at([13, 2, 8])))
        #expect(abs(try #require(whole.loss) - #require(some.loss)) < 1e-6)
        #expect(some.logits.shape[0] == 3)
        let error = #expect(throws: BertError.self) {
            try model.forward(Self.masked, labels: labels, options: ForwardOptions(rows: .at([2])))
        }
        #expect(error?.code == .invalidInput)
    }

    @Test func `a pooler has its first tokens besides`() throws {
        let backend = try BackendRegistry.shared.backend(.named("reference"))
        let model = try load("bert-base", on: backend, as: (any EncoderModel).self)
        let input = ModelInput(ids: [[5, 6, 7], [8, 9]])
        let whole = try model.encode(input, options: ForwardOptions())
        let some = try model.encode(input, options: ForwardOptions(rows: .at([4, 1])))
        let all = try rows(whole.lastHiddenState, on: backend)
        #expect(try rows(some.lastHiddenState, on: backend) == [all[4], all[1]])
        #expect(try backend.floats(#require(some.poolerOutput)) == backend.floats(#require(whole.poolerOutput)))
    }

    @Test func `other tokens are not computed`() throws {
        func products(_ rows: TokenRows) throws -> Int {
            let trace = Trace()
            let backend = trace.wrap(try BackendRegistry.shared.backend(.named("reference")))
            let files = try ModelFiles(folder: Fixtures.path("models/bert-mlm"))
            let model = try BertForMaskedLM.fromPretrained(files, on: backend)
            _ = try model.forward(ModelInput(ids: [Array(5..<37)]), options: ForwardOptions(rows: rows))
            return trace.rows.filter { $0.operation == .linear }.reduce(0) { $0 + $1.productOperations }
        }
        let config = try BertConfig(ModelFiles(folder: Fixtures.path("models/bert-mlm")))
        let (hidden, inner, words) = (config.hiddenSize, config.intermediateSize, config.vocabSize)
        // The operations of the last layer after the attention, and of the head.
        let perToken = 2 * (hidden * hidden + 2 * hidden * inner + hidden * hidden + hidden * words)
        #expect(try products(.all) - products(.at([3])) == 31 * perToken)
    }

    @Test(arguments: [[16], [-1], [0, 99], [Int.max]])
    func `a token that is not there is named`(indices: [Int]) throws {
        let backend = try BackendRegistry.shared.backend(.named("reference"))
        let model = try load("bert-mlm", on: backend, as: (any MaskedLanguageModel).self)
        expectError(.invalidArgument, key: "rows", value: .int(indices.last ?? 0), limit: 15) {
            try model.forward(Self.masked, labels: nil, options: ForwardOptions(rows: .at(indices)))
        }
    }

    @Test func `what needs every token says so`() throws {
        let backend = try BackendRegistry.shared.backend(.named("reference"))
        let model = try load("bert-qa", on: backend, as: (any QuestionAnsweringModel).self)
        let input = ModelInput(ids: [[5, 6, 7], [8, 9]])
        let options = ForwardOptions(rows: .at([1, 3]))
        let answers = AnswerSpans(starts: [0, 0], ends: [1, 1])
        let error = #expect(throws: BertError.self) { try model.forward(input, answers: answers, options: options) }
        #expect(error?.code == .invalidArgument)
        #expect(try model.forward(input, answers: nil, options: options).startLogits.shape == [2])
    }
}

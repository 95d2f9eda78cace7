import Bert
import TestSupport
import Testing

/// Tests models that use only each sequence's first token. Their last layer computes only this token.
@Suite struct FirstTokensTests {
    /// Sequences of 5 to 18 tokens.
    private static let ids: [[Int32]] = (0..<40).map { row -> [Int32] in
        let length = 5 + row * 5 % 14
        return (0..<length).map { column -> Int32 in Int32(5 + (31 * row + 7 * column) % 50) }
    }

    /// Whole sequences, some with masked tokens, some with an attention mask, and some of a single token.
    private static let inputs: [ModelInput] = {
        var (masked, pairs) = (ModelInput(ids: ids), ModelInput(ids: Array(ids.prefix(7))))
        masked.mask = .tokens((0..<masked.tokenCount).map { $0 % 11 != 3 })
        pairs.mask = .pairs(pairs.lengths.flatMap { length -> [Bool] in (0..<length * length).map { $0 % 5 != 2 } })
        return [ModelInput(ids: ids), masked, pairs, ModelInput(ids: [[7], [8], [9, 10]])]
    }()

    /// All hidden states include all tokens, so requesting them makes the last layer compute all tokens.
    private static let all = ForwardOptions(hiddenStates: true)

    private func model<Model>(_ folder: String, on backend: any ComputeBackend, as type: Model.Type) throws -> Model {
        let files = try ModelFiles(folder: Fixtures.path("models/\(folder)"))
        let name = try ModelCatalogue.shared.className(for: BertConfig(files))
        return try #require(ModelCatalogue.shared.entry(name).modelType.fromPretrained(files, on: backend) as? Model)
    }

    /// Compares the results of both methods. On these two backends, the bits are equal. The products of libraries
    /// depend on the number of rows.
    private func expectSame(_ short: Tensor, _ whole: Tensor, on backend: any ComputeBackend) throws {
        let (got, want) = (try backend.floats(short), try backend.floats(whole))
        #expect(short.shape == whole.shape)
        if ["reference", "simd"].contains(backend.info.name) { #expect(got == want) }
        #expect(zip(got, want).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test(
        arguments: AvailableBackends.names(),
        ["bert-seqcls-single", "roberta-seqcls", "albert-seqcls", "distilbert-seqcls", "camembert-seqcls"])
    func `a classifier says the same`(name: String, folder: String) throws {
        let backend = try BackendRegistry.shared.backend(.named(name))
        let model = try model(folder, on: backend, as: (any SequenceClassificationModel).self)
        for input in Self.inputs {
            for hidden in [false, true] {
                var (short, whole) = (ForwardOptions(), Self.all)
                (short.maskedTokens, whole.maskedTokens) = (hidden, hidden)
                try expectSame(
                    model.forward(input, labels: nil, options: short).logits,
                    model.forward(input, labels: nil, options: whole).logits, on: backend)
            }
        }
    }

    @Test(arguments: AvailableBackends.names())
    func `so do the other heads on the first token, with a head mask too`(name: String) throws {
        let backend = try BackendRegistry.shared.backend(.named(name))
        var input = ModelInput(ids: Self.ids)
        input.headMask = (0..<3).map { layer in (0..<4).map { head -> Float in Float(head + layer) / 3 } }
        let next = try model("bert-nsp", on: backend, as: (any NextSentencePredictionModel).self)
        try expectSame(
            next.forward(input, labels: nil, options: ForwardOptions()).logits,
            next.forward(input, labels: nil, options: Self.all).logits, on: backend)
        let choice = try model("bert-multiple-choice", on: backend, as: (any MultipleChoiceModel).self)
        try expectSame(
            choice.forward(input, choices: 4, labels: nil, options: ForwardOptions()).logits,
            choice.forward(input, choices: 4, labels: nil, options: Self.all).logits, on: backend)
    }

    @Test(arguments: AvailableBackends.names(), ["bert-base", "roberta-base", "albert-groups", "distilbert-base"])
    func `an encoder gives those rows`(name: String, folder: String) throws {
        let backend = try BackendRegistry.shared.backend(.named(name))
        let model = try model(folder, on: backend, as: (any EncoderModel).self)
        for input in Self.inputs {
            let whole = try model.encode(input, options: ForwardOptions())
            let rows = try backend.gatherRows(
                whole.lastHiddenState, indices: backend.indices(Array(whole.sequences.offsets.dropLast())))
            let first = try model.encode(input, options: ForwardOptions(rows: .first))
            try expectSame(first.lastHiddenState, rows, on: backend)
            #expect((first.poolerOutput == nil) == (whole.poolerOutput == nil))
            if let pooled = first.poolerOutput { try expectSame(pooled, #require(whole.poolerOutput), on: backend) }
        }
    }

    @Test(arguments: ["deebert", "pabee-bert", "pabee-albert"], [ExitPolicy.never, .entropy(0.95), .patience(2)])
    func `sequences leave where they left`(folder: String, policy: ExitPolicy) throws {
        let backend = try BackendRegistry.shared.backend(.named("reference"))
        let model = try model(folder, on: backend, as: (any EarlyExitClassifier).self)
        let exits = EarlyExitOptions(policy: policy, offRamps: true)
        let short = try model.forward(
            Self.inputs[0], labels: nil, exits: exits, options: ForwardOptions())
        let whole = try model.forward(Self.inputs[0], labels: nil, exits: exits, options: Self.all)
        #expect(short.exitLayer == whole.exitLayer)
        #expect(short.offRamps == whole.offRamps)
        try expectSame(short.logits, whole.logits, on: backend)
    }

    /// In a layer after which they may exit, sequences compute their first tokens ahead of the others. Requesting all
    /// hidden states prevents this.
    @Test(
        arguments: ["reference", "simd"],
        ["deebert", "deeroberta", "pabee-bert", "pabee-albert", "exits-mpnet", "exits-modernbert"])
    func `sequences exit with the same bits if their first tokens are computed ahead`(
        name: String, folder: String
    ) throws {
        let backend = try BackendRegistry.shared.backend(.named(name))
        let model = try model(folder, on: backend, as: (any EarlyExitClassifier).self)
        let layers = try model.config.numHiddenLayers
        var exitLayers: Set<Int> = []
        // Off-ramps of new models are almost undecided: their entropies are just below that of equal probabilities.
        let labels = try model.config.numLabels
        let undecided = labels == 2 ? 0.693_147 : labels == 3 ? 1.098_612 : 1.386_294
        let policies: [ExitPolicy] =
            [.confidence(0.52), .patience(1), .entropyPatience(Float(undecided), layers: 2), .fixedLayer(1)]
            + [0.8, 0.9, 0.95, 0.97, 0.99, 0.999].map { .entropy(Float($0 * undecided)) }
        for (index, input) in Self.inputs.enumerated() {
            for policy in policies {
                for together in [false, true] {
                    let exits = EarlyExitOptions(policy: policy, together: together)
                    let ahead = try model.forward(input, labels: nil, exits: exits, options: ForwardOptions())
                    let after = try model.forward(input, labels: nil, exits: exits, options: Self.all)
                    #expect(ahead.exitLayer == after.exitLayer, "\(policy), input \(index)")
                    #expect(ahead.exitedFromOffRamp == after.exitedFromOffRamp)
                    try expectSame(ahead.logits, after.logits, on: backend)
                    exitLayers.formUnion(ahead.exitLayer)
                }
            }
        }
        #expect(exitLayers.count > 1 && exitLayers.contains { $0 < layers })
    }

    @Test func `the other tokens of a sequence that exits are not computed`() throws {
        let trace = Trace()
        let backend = trace.wrap(try BackendRegistry.shared.backend(.named("reference")))
        let model = try model("deebert", on: backend, as: (any EarlyExitClassifier).self)
        let config = try model.config
        let exits = EarlyExitOptions(policy: .fixedLayer(2))
        _ = try model.forward(Self.inputs[0], labels: nil, exits: exits, options: ForwardOptions())
        let linear = trace.rows.filter { $0.operation == .linear }.reduce(0) { $0 + $1.productOperations }
        let (hidden, inner) = (config.hiddenSize, config.intermediateSize)
        let (tokens, sequences) = (Self.ids.reduce(0) { $0 + $1.count }, Self.ids.count)
        let (projections, others) = (3 * hidden * hidden, hidden * hidden + 2 * hidden * inner)
        let offRamp = hidden * hidden + hidden * config.numLabels
        #expect(linear == 2 * (tokens * (2 * projections + others) + sequences * (others + offRamp)))
    }

    @Test func `the last layer computes one token of each sequence`() throws {
        func products(_ options: ForwardOptions) throws -> (linear: Int, attention: Int) {
            let trace = Trace()
            let backend = trace.wrap(try BackendRegistry.shared.backend(.named("reference")))
            let model = try model("bert-seqcls-single", on: backend, as: (any SequenceClassificationModel).self)
            _ = try model.forward(Self.inputs[0], labels: nil, options: options)
            func operations(_ kind: OperationKind) -> Int {
                trace.rows.filter { $0.operation == kind }.reduce(0) { $0 + $1.productOperations }
            }
            return (operations(.linear), operations(.attention))
        }
        let (short, whole) = (try products(ForwardOptions()), try products(Self.all))
        let lengths: [Int] = Self.ids.map(\.count)
        let others: Int = lengths.reduce(0, +) - lengths.count
        // The operations after the attention, and in the feed-forward block, of a layer with 32 features and an
        // intermediate size of 64.
        let (mixing, feedForward) = (32 * 32, 2 * 32 * 64)
        #expect(whole.linear - short.linear == 2 * others * (mixing + feedForward))
        let scores = lengths.reduce(0) { $0 + $1 * ($1 - 1) }
        #expect(whole.attention - short.attention == 4 * 32 * scores)
    }

    @Test func `a sequence without tokens has no first one`() throws {
        let backend = try BackendRegistry.shared.backend(.named("reference"))
        let model = try model("bert-base", on: backend, as: (any EncoderModel).self)
        let first = ForwardOptions(rows: .first)
        expectError(.invalidInput, record: 1, of: "sequence") {
            try model.encode(ModelInput(ids: [[5, 6], []]), options: first)
        }
        #expect(try model.encode(ModelInput(ids: []), options: first).lastHiddenState.shape == [0, 32])
    }
}

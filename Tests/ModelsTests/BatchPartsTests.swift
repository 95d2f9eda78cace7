import Bert
import TestSupport
import Testing

/// Tests batches whose parts pass through the encoder concurrently.
@Suite struct BatchPartsTests {
    /// Returns a backend whose batches are divided among the given number of threads, regardless of its own behavior.
    private static func backend(_ name: String, threads: Int) throws -> any ComputeBackend {
        Divided(base: try BackendRegistry.shared.backend(.named(name)), workerPool: WorkerPool(threads: threads))
    }

    /// Returns sequences of 5 to 18 tokens.
    private static func ids(_ count: Int) -> [[Int32]] {
        (0..<count).map { row -> [Int32] in
            let length = 5 + row * 5 % 14
            return (0..<length).map { column -> Int32 in Int32(5 + (31 * row + 7 * column) % 50) }
        }
    }

    /// Returns a batch in which some tokens are masked.
    private static func input(_ count: Int, masked: Bool = true) -> ModelInput {
        var input = ModelInput(ids: ids(count))
        if masked { input.mask = .tokens((0..<input.tokenCount).map { $0 % 11 != 3 }) }
        return input
    }

    private func model(_ folder: String, _ className: String, on backend: any ComputeBackend) throws -> any EncoderModel
    {
        try #require(
            ModelCatalogue.shared.entry(className).modelType.fromPretrained(
                ModelFiles(folder: Fixtures.path("models/\(folder)")), on: backend) as? any EncoderModel)
    }

    /// Returns how often each sublayer of a model with three layers ran, which is once for each part.
    private func parts(_ input: ModelInput, threads: Int, _ options: ForwardOptions = ForwardOptions()) throws -> Int {
        let trace = Trace()
        let model = try model(
            "bert-base", "BertModel", on: trace.wrap(Self.backend("reference", threads: threads)))
        _ = try model.encode(input, options: options)
        return (trace.rows.first { $0.operation == .attention }?.calls ?? 0) / 3
    }

    @Test func `Parts whose sequences may exit are larger, if each thread has several of them`() throws {
        func parts(_ count: Int, _ policy: ExitPolicy) throws -> Int {
            let trace = Trace()
            let backend = trace.wrap(try Self.backend("reference", threads: 2))
            let model = try DeeBertForSequenceClassification.fromPretrained(
                ModelFiles(folder: Fixtures.path("models/deebert")), on: backend)
            _ = try model.classify(ModelInput(ids: Self.ids(count)), policy: policy)
            let attentions = trace.rows.first { $0.operation == .attention }?.calls ?? 0
            // Three of the four layers compute the first tokens ahead of the others.
            return attentions / (policy == .never ? 4 : 7)
        }
        // No prediction is that certain.
        let few = Self.ids(40).reduce(0) { $0 + $1.count }
        #expect(try parts(40, .never) == few / 128 / 2 * 2)
        #expect(try parts(40, .confidence(0.99)) == few / 128 / 2 * 2)
        let whole = Self.ids(400).reduce(0) { $0 + $1.count }
        #expect(try parts(400, .never) == whole / 128 / 2 * 2)
        #expect(try parts(400, .confidence(0.99)) == whole / 512 / 2 * 2)
    }

    private static let families = [
        ("bert-base", "BertModel"), ("roberta-base", "RobertaModel"), ("albert-groups", "AlbertModel"),
        ("bert-decoder", "BertModel"), ("distilbert-base", "DistilBertModel"), ("bert-pruned", "BertModel"),
    ]

    @Test(arguments: AvailableBackends.names(), families)
    func `A batch in parts is the batch as a whole`(name: String, family: (folder: String, className: String)) throws {
        let backend = try Self.backend(name, threads: 3)
        let model = try model(family.folder, family.className, on: backend)
        for masked in [true, false] {
            let input = Self.input(40, masked: masked)
            let parts = try model.encode(input, options: ForwardOptions())
            // If more than the last hidden states are requested, the batch is computed as a whole.
            let whole = try model.encode(input, options: ForwardOptions(hiddenStates: true))
            #expect(parts.sequences == whole.sequences)
            let (got, want) = (
                try backend.floats(parts.lastHiddenState), try backend.floats(whole.lastHiddenState)
            )
            #expect(parts.lastHiddenState.shape == whole.lastHiddenState.shape)
            if ["reference", "simd"].contains(name) { #expect(got == want) }
            #expect(zip(got, want).allSatisfy { abs($0 - $1) < 1e-5 })
            if let pooled = parts.poolerOutput, let wanted = whole.poolerOutput {
                #expect(try zip(backend.floats(pooled), backend.floats(wanted)).allSatisfy { abs($0 - $1) < 1e-5 })
            }
        }
    }

    @Test func `Vectors, types, positions and head masks go with their sequences`() throws {
        let backend = try Self.backend("reference", threads: 3)
        let model = try model("bert-base", "BertModel", on: backend)
        var input = Self.input(40)
        input.tokenTypes = (0..<input.tokenCount).map { Int32($0 / 3 % 2) }
        input.positions = (0..<input.tokenCount).map { Int32($0 % 37) }
        let heads = try model.config.numAttentionHeads
        input.headMask = (0..<3).map { layer in (0..<heads).map { head -> Float in Float(head + layer) / 3 } }
        for isVectors in [false, true] {
            if isVectors {
                input.words = .vectors((0..<input.tokenCount * 32).map { Float($0 * 7 % 13) / 13 - 0.5 }, size: 32)
            }
            let parts = try model.encode(input, options: ForwardOptions())
            let whole = try model.encode(input, options: ForwardOptions(hiddenStates: true))
            #expect(try backend.floats(parts.lastHiddenState) == backend.floats(whole.lastHiddenState))
        }
    }

    @Test func `A batch has parts if there are threads and tokens for them`() throws {
        let batch = Self.input(40, masked: false)
        #expect(batch.tokenCount == 460)
        #expect(try parts(batch, threads: 1) == 1)
        #expect(try parts(batch, threads: 2) == 2)
        #expect(try parts(batch, threads: 3) == 3)
        // A batch of 115 tokens.
        #expect(try parts(batch, threads: 4) == 1)
        #expect(try parts(Self.input(60, masked: false), threads: 2) == 4)
        #expect(try parts(Self.input(5, masked: false), threads: 2) == 1)
        #expect(try parts(ModelInput(ids: [Array(repeating: 7, count: 40)]), threads: 2) == 1)
        #expect(try parts(ModelInput(ids: []), threads: 2) == 0)
        #expect(try parts(batch, threads: 2, ForwardOptions(hiddenStates: true)) == 1)
        #expect(try parts(batch, threads: 2, ForwardOptions(attentions: true)) == 1)
    }

    @Test func `Sequences that don't share out evenly stay together`() throws {
        func parts(_ lengths: [Int]) throws -> Int {
            try self.parts(ModelInput(ids: lengths.map { Array(repeating: 7, count: $0) }), threads: 2)
        }
        #expect(try parts(Array(repeating: 40, count: 8)) == 2)
        // One thread would have 160 tokens, and the other 120.
        #expect(try parts(Array(repeating: 40, count: 7)) == 1)
        #expect(try parts(Array(repeating: 40, count: 7) + [2]) == 1)
    }

    @Test(arguments: [
        ExitPolicy.entropy(0.95), .entropyPatience(1.05, layers: 2), .confidence(0.5), .fixedLayer(2), .patience(1),
        .never,
    ])
    func `A sequence leaves its part as it does alone`(policy: ExitPolicy) throws {
        let backend = try Self.backend("reference", threads: 3)
        let model = try DeeBertForSequenceClassification.fromPretrained(
            ModelFiles(folder: Fixtures.path("models/deebert")), on: backend)
        let (ids, classes) = (Self.ids(40), model.config.numLabels)
        let batch = try model.classify(ModelInput(ids: ids), policy: policy, offRamps: true)
        let logits = try backend.floats(batch.logits)
        for (row, ids) in ids.enumerated() {
            let alone = try model.classify(ModelInput(ids: [ids]), policy: policy, offRamps: true)
            #expect(alone.exitLayer == [batch.exitLayer[row]])
            #expect(alone.exitedFromOffRamp == [batch.exitedFromOffRamp[row]])
            #expect(try backend.floats(alone.logits) == Array(logits[row * classes..<(row + 1) * classes]))
            #expect(alone.offRamps?[0] == batch.offRamps?[row])
        }
    }

    @Test func `Sequences that wait for each other are not divided`() throws {
        let model = try DeeBertForSequenceClassification.fromPretrained(
            ModelFiles(folder: Fixtures.path("models/deebert")), on: Self.backend("reference", threads: 3))
        let (input, policy) = (ModelInput(ids: Self.ids(40)), ExitPolicy.entropy(0.95))
        let alone = try model.classify(input, policy: policy).exitLayer
        #expect(Set(alone).count > 1, "the test needs sequences that leave at different layers")
        let together = try model.forward(
            input, exits: EarlyExitOptions(policy: policy, together: true)
        ).exitLayer
        #expect(together == Array(repeating: alone.max() ?? 0, count: 40))
    }

    @Test func `A failure in a part is the failure of the batch`() throws {
        let backend = try Self.backend("reference", threads: 3)
        let model = try model("bert-base", "BertModel", on: FailingAttention(base: backend))
        let error = #expect(throws: BertError.self) {
            try model.encode(Self.input(40), options: ForwardOptions())
        }
        #expect(error?.message == "on purpose")
    }
}

/// A backend with its own worker pool.
private struct Divided: BackendDecorator {
    let base: any ComputeBackend
    let workerPool: WorkerPool?
    let dividesBatches = true
    let usesScope = false

    func perform(_ call: OperationCall) throws -> OperationResult { try call(on: base) }
}

/// A backend whose attention fails.
private struct FailingAttention: BackendDecorator {
    let base: any ComputeBackend

    func perform(_ call: OperationCall) throws -> OperationResult {
        if case .attention = call { throw BertError(.unsupported, "on purpose") }
        return try call(on: base)
    }
}

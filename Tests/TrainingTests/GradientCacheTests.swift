import Bert
import TestSupport
import Testing

@testable import BertTraining

/// Batches of vectors that go through the model in parts, and batches without a text that is there twice.
@Suite struct GradientCacheTests {
    private let base: any ComputeBackend

    init() throws { base = try BackendRegistry.shared.backend("reference", for: "a test") }

    private func model(dropout: Double) throws -> TrainableModel {
        try GradientFixture(name: "bert-embed").model(on: base) {
            $0.hiddenDropoutProb = dropout
            $0.attentionProbsDropoutProb = dropout
        }
    }

    /// Some rows of a batch: anchors and positives of lengths of their own.
    private func rows(_ range: Range<Int>) -> [ModelInput] {
        (0..<2).map { column in
            ModelInput(
                ids: range.map { row in
                    (0..<3 + (row + column) % 3).map { Int32(1 + (row * 7 + column * 3 + $0 * 5) % 20) }
                })
        }
    }

    private let objective = Objective(embeddingLoss: .multipleNegativesRanking(scale: 5))

    @Test func `Parts give the loss and the gradients of all rows at once`() throws {
        let model = try model(dropout: 0)
        let whole = try model.differentiate { model in
            let outcome = try objective.vectors(model, rows(0..<5), scores: nil)
            return (outcome.seeds, outcome.loss)
        }
        for parts in [[0..<2, 2..<4, 4..<5], [0..<1, 1..<5], [0..<5]] {
            let (gradients, loss) = try model.cachedGradients(objective, parts.map(rows))
            #expect(abs(loss - whole.result) < 1e-6)
            for (index, (got, want)) in zip(gradients, whole.gradients).enumerated() {
                let name = model.parameters[index].name
                #expect((got == nil) == (want == nil), "\(name)")
                guard let got, let want else { continue }
                let (a, b) = (try base.floats(got), try base.floats(want))
                let largest = b.reduce(0) { max($0, abs($1)) }
                #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 1e-4 * largest + 1e-6 }, "\(name)")
            }
        }
    }

    @Test func `What the first pass left out is left out again`() throws {
        let model = try model(dropout: 0.3)
        let parts = [rows(0..<2), rows(2..<5)]
        // 256 passes and more are told apart.
        func step() throws -> (gradients: [Tensor?], loss: Double) {
            try model.cachedGradients(objective, parts) { part in
                ForwardOptions(dropout: StepDropout(seed: 3, step: 1, pass: UInt32(part * 256)))
            }
        }
        let (gradients, loss) = try step()
        #expect(try step().loss == loss)
        let other = try model.cachedGradients(objective, parts) { _ in
            ForwardOptions(dropout: StepDropout(seed: 3, step: 1))
        }
        #expect(other.loss != loss)
        let values = try gradients.map { try $0.map(base.floats) }
        let norm = values.reduce(0.0) { $1?.reduce($0) { $0 + Double($1) * Double($1) } ?? $0 }.squareRoot()
        let (start, distance) = (model.values, Float(1e-3 / norm))
        let losses = try [distance, -distance].map { distance in
            for (index, gradient) in values.enumerated() {
                guard let gradient else { continue }
                model.values[index] = try base.binary(
                    .add, start[index], base.constant(gradient.map { $0 * distance }, shape: start[index].shape))
            }
            return try step().loss
        }
        let slope = (losses[0] - losses[1]) / (2 * Double(distance)) / norm
        #expect(abs(slope - norm) < 0.02 * norm, "\(slope), the gradient's length is \(norm)")
    }

    private func example(_ texts: Int32...) -> TrainingExample {
        TrainingExample(texts.map { TrainingExample.Sequence(ids: [1, $0, 2], types: [0, 0, 0]) }, .none)
    }

    @Test func `No text is twice in a batch, and every example is taken once`() {
        let examples: [TrainingExample] = (0..<40).map { index -> TrainingExample in
            let anchor = Int32(10 + index % 8)
            let positive = Int32(50 + index / 4)
            return example(anchor, positive)
        }
        let order = (0..<40).map { $0 * 7 % 40 }
        let (batches, left) = DistinctBatches(examples).batches(order, size: 4)
        #expect(left == 0 && batches.count == 10)
        #expect(batches.flatMap { $0 }.sorted() == Array(0..<40))
        for batch in batches {
            let texts = batch.flatMap { examples[$0].sequences.map(\.ids) }
            #expect(Set(texts).count == texts.count)
        }
        // Without a text in common the order stays.
        let all = (Int32(0)..<5).map { example(10 + $0, 20 + $0) }
        #expect(DistinctBatches(all).batches([4, 2, 0, 1, 3], size: 2).batches == [[4, 2], [0, 1], [3]])
    }

    @Test func `Examples whose text is in too many others are left out and counted`() {
        let examples = (Int32(0)..<6).map { example(10, 20 + $0) }
        let (batches, left) = DistinctBatches(examples).batches(Array(0..<6), size: 3)
        #expect(batches == [[0], [1]] && left == 4)
    }

    @Test func `Only embeddings take a mini-batch size and a loss of embeddings`() {
        var arguments = TrainingArguments()
        arguments.miniBatchSize = 2
        #expect(throws: Never.self) { try arguments.check(for: .embedding) }
        let size = #expect(throws: BertError.self) { try arguments.check(for: .classification) }
        #expect(size?.key == "--mini-batch-size")
        arguments.miniBatchSize = nil
        arguments.embeddingLoss = "triplet"
        let loss = #expect(throws: BertError.self) { try arguments.check(for: .classification) }
        #expect(loss?.key == "--loss")
    }

    private static func pairs() -> TrainingData {
        var data = TrainingData(task: .embedding)
        for row in 0..<12 {
            let texts = (0..<2).map { column in
                let ids = (0..<3 + (row + column) % 3).map { Int32(1 + (row * 7 + column * 3 + $0 * 5) % 20) }
                return TrainingExample.Sequence(ids: ids, types: ids.map { _ in 0 })
            }
            data.add(TrainingExample(texts, .none))
        }
        return data
    }

    @Test func `A run with cached vectors learns what a run without learns`() throws {
        func weights(_ change: (inout TrainingArguments) -> Void) throws -> [Float] {
            let output = try TemporaryFolder()
            let files = try ModelFiles(folder: Fixtures.path("training/models/bert-embed"))
            var config = try BertConfig(files)
            let store = try BertModel.parameterStore(&config, Checkpoint(files), options: .strict)
            var arguments = TrainingArguments()
            arguments.perDeviceTrainBatchSize = 6
            arguments.maxSteps = 4
            arguments.learningRate = 1e-3
            arguments.saveStrategy = .no
            change(&arguments)
            let trainer = try Trainer(
                TrainingSubject(BertModel.self, config, store, training: Self.pairs()), arguments, on: base,
                output: output.path)
            _ = try trainer.train()
            return try trainer.session.model.values.flatMap(base.floats)
        }
        let plain = try weights { $0.embeddingLoss = "multiple-negatives-ranking" }
        for change: (inout TrainingArguments) -> Void in [
            {
                $0.embeddingLoss = "cached-multiple-negatives-ranking"
                $0.miniBatchSize = 2
            }, { $0.miniBatchSize = 4 },
        ] {
            let cached = try weights(change)
            #expect(cached != plain)
            // Adam makes a step of a gradient that is rounding noise: most of the weights have a real one.
            let off = zip(cached, plain).count { abs($0 - $1) > 1e-5 }
            #expect(off * 50 < plain.count, "\(off) of \(plain.count)")
        }
    }
}

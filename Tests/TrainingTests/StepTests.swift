import Bert
import BertTraining
import TestSupport
import Testing

/// Tests training steps with dropout, checkpoints and other precisions.
@Suite struct StepTests {
    private let fixture = GradientFixture(name: "bert-seqcls-single")
    private let base: any ComputeBackend

    init() throws { base = try BackendRegistry.shared.backend("reference", for: "a test") }

    private func dropsOut(_ config: inout BertConfig) {
        config.hiddenDropoutProb = 0.3
        config.attentionProbsDropoutProb = 0.2
        config.classifierDropout = 0.4
    }

    /// Returns the loss of the fixture's first case and its gradients.
    private func step(
        _ model: TrainableModel, _ options: ForwardOptions
    ) throws -> (loss: Double, gradients: [[Float]?]) {
        let example = try #require(fixture.cases().first)
        let labels = try #require(try example.sequenceLabels())
        let result = try model.differentiate { model in
            let outcome = try Objective()(model, example.modelInput(), .sequences(labels), options: options)
            return (outcome.seeds, outcome.loss)
        }
        return (result.result, try result.gradients.map { try $0.map(base.floats) })
    }

    @Test func `Dropout is what seed, step and pass say, and nothing unless a step is told`() throws {
        let model = try fixture.model(on: base, change: dropsOut)
        let first = try step(model, ForwardOptions(dropout: StepDropout(seed: 1, step: 5)))
        let again = try step(model, ForwardOptions(dropout: StepDropout(seed: 1, step: 5)))
        #expect(first.loss == again.loss && first.gradients == again.gradients)
        for other in [
            StepDropout(seed: 2, step: 5), StepDropout(seed: 1, step: 6), StepDropout(seed: 1, step: 5, pass: 1),
        ] {
            #expect(try step(model, ForwardOptions(dropout: other)).loss != first.loss)
        }
        let none = try step(fixture.model(on: base), ForwardOptions())
        #expect(try step(model, ForwardOptions()).loss == none.loss)
        let zero = try step(fixture.model(on: base), ForwardOptions(dropout: StepDropout(seed: 1, step: 5)))
        #expect(zero.loss == none.loss && zero.gradients == none.gradients)
    }

    @Test func `Every place that drops out has a gradient of its own`() throws {
        let changes: [@Sendable (inout BertConfig) -> Void] = [
            {
                $0.hiddenDropoutProb = 0.3; $0.classifierDropout = 0
            }, { $0.attentionProbsDropoutProb = 0.3 },
            { $0.classifierDropout = 0.3 }, dropsOut,
        ]
        for change in changes {
            let model = try fixture.model(on: base, change: change)
            let options = ForwardOptions(dropout: StepDropout(seed: 7, step: 3))
            let (loss, gradients) = try step(model, options)
            #expect(try step(fixture.model(on: base), options).loss != loss)
            let norm = gradients.reduce(0.0) { $1?.reduce($0) { $0 + Double($1) * Double($1) } ?? $0 }.squareRoot()
            let start = model.values
            let distance = Float(1e-3 / norm)
            let losses = try [distance, -distance].map { distance in
                for (index, gradient) in gradients.enumerated() {
                    guard let gradient else { continue }
                    model.values[index] = try base.binary(
                        .add, start[index],
                        base.constant(gradient.map { $0 * distance }, shape: start[index].shape))
                }
                return try step(model, options).loss
            }
            let slope = (losses[0] - losses[1]) / (2 * Double(distance)) / norm
            #expect(abs(slope - norm) < 0.02 * norm, "\(slope), the gradient's length is \(norm)")
        }
    }

    @Test(arguments: AvailableBackends.names().filter { $0 != "reference" })
    func `AdamW updates parameters and moments in place`(backend name: String) throws {
        let backend = try BackendRegistry.shared.backend(.named(name))
        let start = try backend.constant([1, 2, 3], shape: [3])
        var values = [try backend.binary(.add, start, backend.constant(0))]
        var optimizer = try AdamWOptimizer(shapes: [[3]], decays: [true], options: .init(), on: backend)
        func storages() -> [ObjectIdentifier] {
            (values + optimizer.means + optimizer.squares).map { ObjectIdentifier($0.storage) }
        }
        let before = storages()
        #expect(Set(before).count == 3)
        for _ in 0..<2 {
            try optimizer.update(
                &values, [backend.constant([1, -1, 0], shape: [3])], rate: 0.1, scale: 1, on: backend)
        }
        #expect(storages() == before)
        let moved = try backend.floats(values[0])
        #expect(moved[0] < 1 && moved[1] > 2 && moved[2] == 3)
        // Values that others can see are never modified.
        let shared = HostBuffer(count: 12) { memory in
            for index in 0..<3 { memory.storeBytes(of: Float(index + 1), toByteOffset: 4 * index, as: Float.self) }
        }
        values = [try backend.upload(shared, shape: [3], elementType: .float32)]
        let copy = values[0]
        try optimizer.update(&values, [backend.constant([1, -1, 0], shape: [3])], rate: 0.1, scale: 1, on: backend)
        #expect(shared.withUnsafeBytes { $0.load(as: Float.self) } == 1)
        #expect(try backend.floats(copy)[0] == 1)
        #expect(try backend.floats(values[0])[0] != 1)
    }

    @Test func `Layers that are computed again give the same bits, with dropout, and record less`() throws {
        for name in ["bert-seqcls-single", "albert-seqcls"] {
            let fixture = GradientFixture(name: name)
            let example = try #require(fixture.cases().first)
            let labels = try #require(try example.sequenceLabels())
            func run(_ options: ForwardOptions, frozen: String?) throws -> (gradients: [[Float]?], nodes: Int) {
                let model = try fixture.model(
                    on: base, frozen: frozen.map(ParameterPattern.init), change: dropsOut)
                let result = try model.differentiate { model in
                    let outcome = try Objective()(model, example.modelInput(), .sequences(labels), options: options)
                    return (outcome.seeds, (try model.backend as? DifferentiatingBackend)?.recordedNodes ?? 0)
                }
                return (try result.gradients.map { try $0.map(base.floats) }, result.result)
            }
            for frozen in [nil, "embeddings", "query|embeddings"] {
                for dropout in [nil, StepDropout(seed: 3, step: 1)] {
                    let kept = try run(ForwardOptions(dropout: dropout), frozen: frozen)
                    let again = try run(ForwardOptions(dropout: dropout, checkpointsLayers: true), frozen: frozen)
                    #expect(kept.gradients == again.gradients)
                    #expect(again.nodes < kept.nodes)
                }
            }
        }
    }

    @Test func `bfloat16 keeps the direction of gradients, and int8 is for frozen layers alone`() throws {
        let example = try #require(fixture.cases().first)
        func gradients(_ model: TrainableModel) throws -> (loss: Float, gradients: [String: [Float]]) {
            var (loss, found) = (Float.nan, [String: [Float]]())
            for output in try model.namedGradients(example.request(), Objective()) {
                guard case .floats(let values) = output.values else { continue }
                if output.name == "loss" { loss = values[0] }
                if output.name.hasPrefix("grad.") { found[output.name] = values }
            }
            return (loss, found)
        }
        func length(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
        let exact = try gradients(fixture.model(on: base))
        let whole = length(exact.gradients.values.flatMap { $0 })
        let short = try base.computing(in: .bfloat16)
        for model in [
            try fixture.model(on: short),
            try fixture.model(on: base, frozen: ParameterPattern("layer.0"), frozenPrecision: .int8),
        ] {
            let rounded = try gradients(model)
            #expect(rounded.loss != exact.loss && abs(rounded.loss / exact.loss - 1) < 0.015)
            for (name, want) in exact.gradients where length(want) > 1e-3 * whole {
                guard let got = rounded.gradients[name] else { continue }
                let product = zip(want, got).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
                #expect(product / length(want) / length(got) >= 0.97, "\(name)")
            }
        }
        expectError(.unsupported, key: "precision") { try fixture.model(on: base.computing(in: .int8)) }
    }
}

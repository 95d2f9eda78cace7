import Bert
import TestSupport
import Testing

/// Tests whole models on a backend that is checked against the reference, and on a faulty one.
@Suite struct CheckedModelTests {
    private static let others = AvailableBackends.names().filter { $0 != "reference" }

    /// The backends on which every model is run. Debug builds, which are slow, only take one of them.
    private static let checkedBackends: [String] = {
        #if DEBUG
            others.filter { $0 == "simd" }
        #else
            others
        #endif
    }()

    private func backend(_ name: String) throws -> any ComputeBackend {
        try #require(BackendRegistry.shared.status(of: name).backend)
    }

    private func checked(_ name: String) throws -> CheckingBackend {
        CheckingBackend(try backend(name), against: try backend("reference"))
    }

    /// Returns the bits of all outputs of all cases.
    private func outputs(_ fixture: ModelFixture, on backend: any ComputeBackend) throws -> [String: [UInt32]] {
        let model = try ModelCatalogue.shared.entry(fixture.className).modelType.fromPretrained(
            ModelFiles(folder: Fixtures.path(fixture.folder)), on: backend)
        var result: [String: [UInt32]] = [:]
        for fixtureCase in try fixture.plainCases() {
            for output in try model.namedOutputs(fixtureCase.request()) {
                guard case .floats(let values) = output.values else { continue }
                result["\(fixtureCase.name) \(output.name)"] = values.map(\.bitPattern)
            }
        }
        return result
    }

    @Test(arguments: checkedBackends, try ModelFixture.all())
    func `every model passes on a backend that is right, and computes the same`(
        name: String, fixture: ModelFixture
    ) throws {
        let (got, want) = (try outputs(fixture, on: checked(name)), try outputs(fixture, on: backend(name)))
        #expect(got == want)
        #expect(try got.isEmpty == fixture.plainCases().isEmpty)
    }

    private static let input = ModelInput(ids: [[2, 5, 6, 3], [2, 7, 3], [2, 8, 9, 10, 3]])

    private func deeBert(_ backend: any ComputeBackend) throws -> DeeBertForSequenceClassification {
        try .fromPretrained(ModelFiles(folder: Fixtures.path("models/deebert")), on: backend)
    }

    /// Returns a threshold at which only some sequences exit after the first layer.
    private func dividingThreshold() throws -> Float {
        let output = try deeBert(backend("reference")).classify(Self.input, policy: .never, offRamps: true)
        let entropies = try #require(output.offRamps).map { $0[0].entropy }
        return (try #require(entropies.min()) + (try #require(entropies.max()))) / 2
    }

    @Test(arguments: others)
    func `a run with early exits passes`(name: String) throws {
        let (checked, plain) = (try deeBert(checked(name)), try deeBert(backend(name)))
        for policy in try [ExitPolicy.never, .fixedLayer(1), .entropy(dividingThreshold()), .entropy(10)] {
            let got = try checked.classify(Self.input, policy: policy, offRamps: true)
            let want = try plain.classify(Self.input, policy: policy, offRamps: true)
            #expect(got.exitLayer == want.exitLayer)
            #expect(try checked.backend.floats(got.logits) == plain.backend.floats(want.logits))
        }
    }

    // MARK: Faulty backends

    /// A fault of a backend, and the part of the model in which it must be detected.
    struct Fault: Sendable, CustomTestStringConvertible {
        let operation: OperationKind
        let scope: String
        let index: [Int]
        let by: Float
        var testDescription: String { "\(operation) in \(scope) off by \(by) at \(index)" }
    }

    /// A backend with a small error in an element of one operation in one part of the model.
    private struct Saboteur: BackendDecorator {
        let base: any ComputeBackend
        let fault: Fault

        func perform(_ call: OperationCall) throws -> OperationResult {
            let result = try call(on: base)
            guard call.kind == fault.operation, OperationScope.current == fault.scope else { return result }
            switch result {
            case .tensor(let tensor): return .tensor(try spoiled(tensor))
            case .attention(let output):
                return .attention(
                    AttentionOutput(context: try spoiled(output.context), probabilities: output.probabilities))
            default: return result
            }
        }

        private func spoiled(_ tensor: Tensor) throws -> Tensor {
            // A layer also computes the first tokens of sequences alone.
            guard zip(fault.index, tensor.shape).allSatisfy({ $0 < $1 }) else { return tensor }
            var values = try base.floats(tensor)
            values[zip(fault.index, tensor.shape).reduce(0) { $0 * $1.1 + $1.0 }] += fault.by
            return try base.constant(values, shape: tensor.shape)
        }
    }

    @Test(arguments: [
        Fault(operation: .layerNorm, scope: "encoder.layer.2.output", index: [3, 7], by: 1e-3),
        Fault(operation: .layerNorm, scope: "encoder.layer.0.attention", index: [0, 0], by: .nan),
        Fault(operation: .linear, scope: "encoder.layer.1.intermediate", index: [1, 8], by: -1e-3),
        Fault(operation: .attention, scope: "encoder.layer.2.attention", index: [1, 1], by: 1e-3),
        Fault(operation: .embeddings, scope: "embeddings", index: [11, 31], by: 1e-3),
        Fault(operation: .gatherRows, scope: "encoder.layer.0.leaving", index: [0, 1], by: 1e-5),
        Fault(operation: .linear, scope: "bert.encoder.highway.1.classifier", index: [0, 2], by: 1e-3),
        Fault(operation: .upload, scope: "bert.encoder.layer.1.output.dense.weight", index: [9, 4], by: 1e-5),
    ])
    func `a wrong backend is stopped at the operation that is wrong`(fault: Fault) throws {
        let reference = try backend("reference")
        let policy = ExitPolicy.entropy(try dividingThreshold())
        for isTraced in [false, true] {
            let saboteur = Saboteur(base: reference, fault: fault)
            let backend = CheckingBackend(isTraced ? Trace().wrap(saboteur) : saboteur, against: reference)
            let error = #expect(throws: BertError.self) {
                try deeBert(backend).classify(Self.input, policy: policy, offRamps: true)
            }
            #expect(error?.code == .divergence)
            let divergence = try #require(error?.cause as? Divergence)
            #expect(divergence.request.kind == fault.operation)
            #expect(divergence.scope == fault.scope)
            #expect(divergence.mismatches.map(\.index) == [fault.index])
            #expect(divergence.mismatches.first?.got.isNaN == fault.by.isNaN)
        }
    }
}

import Bert
import BertTraining
import TestSupport
import Testing

@Suite("Gradients agree with PyTorch's in float64")
struct GradientFixtureTests {
    @Test("Loss and gradients of every head", arguments: try GradientFixture.all(), AvailableBackends.names())
    func gradients(_ fixture: GradientFixture, backend: String) throws {
        let backend = try BackendRegistry.shared.backend(
            BackendSelection(parsing: backend, from: "a test"), for: "a test")
        for example in try fixture.cases() {
            let objective = try example.objective()
            let model = try fixture.model(
                on: backend, frozen: example.frozen(), exitTraining: objective.exitTraining)
            let outputs = try model.namedGradients(example.request(), objective)
            let wrong = try example.mismatches(outputs)
            #expect(wrong.isEmpty, "\(example): \(wrong.prefix(5).joined(separator: "; "))")
        }
    }

    @Test("Frozen layers record nothing, and leave the other gradients as they are")
    func freezing() throws {
        let fixture = GradientFixture(name: "bert-seqcls-single")
        let example = try #require(fixture.cases().first)
        let backend = try BackendRegistry.shared.backend("reference", for: "a test")
        func gradients(_ model: TrainableModel) throws -> [String: [Float]] {
            var found: [String: [Float]] = [:]
            for output in try model.namedGradients(example.request(), Objective()) {
                if case .floats(let values) = output.values, output.name.hasPrefix("grad.") {
                    found[output.name] = values
                }
            }
            return found
        }
        let all = try gradients(fixture.model(on: backend))
        // A layer in the middle: gradients pass through it with packed weights.
        for pattern in ["layer.1", "embeddings|layer.0", "bias|LayerNorm"] {
            let frozen = try ParameterPattern(pattern)
            let some = try gradients(fixture.model(on: backend, frozen: frozen))
            #expect(Set(some.keys) == Set(all.keys.filter { !frozen.matches(String($0.dropFirst(5))) }))
            for (name, gradient) in some { #expect(gradient == all[name], "\(pattern): \(name)") }
        }
    }

    @Test("A pattern that is wrong, that matches nothing or that leaves nothing is refused")
    func patterns() throws {
        #expect(throws: BertError.self) { try ParameterPattern("layer.[0") }
        let fixture = GradientFixture(name: "bert-seqcls-single")
        let backend = try BackendRegistry.shared.backend("reference", for: "a test")
        expectError(.invalidArgument, key: "freeze", value: "q_lin") {
            try fixture.model(on: backend, frozen: ParameterPattern("q_lin"))
        }
        expectError(.invalidArgument, key: "freeze") {
            try fixture.model(on: backend, frozen: ParameterPattern("."))
        }
    }

    @Test("Labels that are missing or out of range are named")
    func labels() throws {
        let fixture = GradientFixture(name: "bert-seqcls-single")
        let example = try #require(fixture.cases().first)
        let model = try fixture.model(on: BackendRegistry.shared.backend("reference", for: "a test"))
        expectError(.invalidInput, key: "labels") {
            try model.namedGradients(example.request(omitting: ["labels"]), Objective())
        }
        var request = try example.request(omitting: ["labels"])
        let count = try example.shape("labels")?[0] ?? 0
        request.inputs.append(
            NamedTensor("labels", integers: [Int64](repeating: 99, count: count), shape: [count]))
        expectError(.invalidInput, key: "labels", value: 99) { try model.namedGradients(request, Objective()) }
    }
}

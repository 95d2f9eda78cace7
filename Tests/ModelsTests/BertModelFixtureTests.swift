import Bert
import TestSupport
import Testing

/// Tests every fixture of the class `BertModel` on every available backend.
struct BertModelFixtureTests {
    static let folders = [
        "bert-base", "bert-relu", "bert-gelu_new", "bert-odd", "bert-eps", "bert-sharded", "bert-minimal-config",
        "bert-legacy-names", "bert-float16", "bert-bfloat16",
    ]

    @Test(arguments: AvailableBackends.names(), folders)
    func `a checkpoint gives what transformers gives`(backend name: String, folder: String) throws {
        let backend = try BackendRegistry.shared.backend(.named(name))
        let model = try BertModel.fromPretrained(Fixtures.path("models/\(folder)"), backend: .named(name))
        for fixture in try FixtureCase.all(of: "models/\(folder)") {
            let options = ForwardOptions(
                hiddenStates: try fixture.outputs.contains("hidden_states.0"),
                attentions: try fixture.outputs.contains("attentions.0"))
            let output = try model.encode(fixture.modelInput(), options: options)
            for key in try fixture.outputs {
                let problem = try mismatch(key, output, fixture, heads: model.config.numAttentionHeads, on: backend)
                #expect(problem == nil, "\(fixture) \(key) on \(name)")
            }
        }
    }

    private func mismatch(
        _ key: String, _ output: BaseModelOutputWithPooling, _ fixture: FixtureCase, heads: Int,
        on backend: any ComputeBackend
    ) throws -> String? {
        let want = try fixture.output(key)
        let compared = try fixture.comparedTokens()
        let parts = key.split(separator: ".")
        switch parts[0] {
        case "pooler_output":
            let got = try backend.floats(#require(output.poolerOutput))
            return try fixture.tolerance.mismatch(got, want)
        case "attentions":
            let layer = try #require(output.attentions?[index(parts)])
            let (got, shape) = try output.layout.paddedAttention(layer, on: backend)
            let length = shape[3]
            return try fixture.tolerance.mismatch(got, want) { index in
                let (query, sequence) = (index / length % length, index / (heads * length * length))
                return compared[sequence * length + query]
            }
        default:
            let tensor =
                parts[0] == "hidden_states"
                ? try #require(output.hiddenStates?[index(parts)]) : output.lastHiddenState
            let (got, shape) = try output.layout.padded(tensor, on: backend)
            return try fixture.tolerance.mismatch(got, want) { compared[$0 / shape[2]] }
        }
    }

    /// Returns the number in a key such as `hidden_states.2`.
    private func index(_ parts: [Substring]) throws -> Int { try #require(Int(parts[1])) }
}

import BackendReference
import BackendSIMD
import Bert
import BertCore
import BertJSON
import TestSupport
import Testing

/// The number of times that the threads of a forward pass wait for each other, on which its scaling depends.
@Suite("Barriers of a forward pass") struct BarrierTests {
    /// Returns the number of barriers of a pass with one sequence.
    private func barriers(layers: Int, tokens: Int, _ precision: Precision) throws -> Int {
        let registry = BackendRegistry(environment: BertEnvironment(["BERT_NUM_THREADS": "4"])) { _ in }
        try registry.register(ReferenceBackend.descriptor)
        try registry.register(SIMDBackend.descriptor)
        let backend = try registry.backend("simd").computing(in: precision)
        let config: JSONValue = [
            "model_type": "bert", "vocab_size": 100, "hidden_size": 384, "num_hidden_layers": .int(layers),
            "num_attention_heads": 12, "intermediate_size": 1536, "max_position_embeddings": 512,
        ]
        let files = ModelFiles(
            name: "model",
            files: [
                "config.json": HostBuffer(Array(config.serialized().utf8)),
                "model.safetensors": HostBuffer(Self.empty),
            ])
        let model = try BertModel.fromPretrained(
            files, on: backend, options: LoadingOptions(missing: .initialise(seed: 1)))
        let input = ModelInput(ids: [(0..<tokens).map { Int32($0 % 100) }])
        let pool = try #require(backend.workerPool)
        let before = pool.dividedOperations
        _ = try backend.floats(model.encode(input).lastHiddenState)
        return pool.dividedOperations - before
    }

    /// A safetensors file without tensors.
    private static let empty: [UInt8] = [2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8)

    /// Four linear layers, attention, and for many tokens both normalizations.
    @Test(
        "a layer has one for each operation that is worth dividing", arguments: Precision.allCases, [(16, 5), (128, 7)])
    func barriersOfALayer(precision: Precision, work: (tokens: Int, barriers: Int)) throws {
        let three = try barriers(layers: 3, tokens: work.tokens, precision)
        let five = try barriers(layers: 5, tokens: work.tokens, precision)
        #expect(five - three == 2 * work.barriers)
        // The embeddings and the pooler.
        #expect(three - 3 * work.barriers <= 3)
    }
}

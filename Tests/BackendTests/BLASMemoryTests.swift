import BackendBLAS
import BackendReference
import BertCore
import Testing

@Suite("OpenBLAS: memory")
struct BLASMemoryTests {
    @Test("a layer that has run once runs again without asking the system for memory")
    func steadyState() throws {
        guard let library = try? OpenBLASLibrary.open(environment: .process) else {
            #expect(BackendRegistry.shared.status(of: "openblas").reason?.code == .libraryNotFound)
            return
        }
        let (memory, workers) = (HostMemory(), WorkerPool(threads: 2))
        let backend = OpenBLASBackend(
            library: library, workers: workers, delegate: ReferenceBackend(workers: workers), memory: memory)
        let (tokens, width) = (40, 64)
        let x = try backend.constant(spreadNumbers(tokens * width, seed: 1), shape: [tokens, width])
        let weights = try [3 * width, width].map {
            try backend.prepareLinear(
                weight: backend.constant(spreadNumbers($0 * width, seed: 2), shape: [$0, width]),
                bias: backend.constant(spreadNumbers($0, seed: 3), shape: [$0]))
        }
        let ones = try backend.constant([Float](repeating: 1, count: width), shape: [width])
        let norm = LayerNormWeights(weight: ones, bias: ones, epsilon: 1e-12)
        let options = AttentionOptions(heads: 4, scale: 0.25, sequences: try PackedSequences(lengths: [31, 9]))
        func layer() throws {
            let qkv = try backend.linear(x, weights[0], activation: nil, residual: nil)
            let context = try backend.attention(.fused(qkv), options).context
            let output = try backend.linear(context, weights[1], activation: .gelu, residual: x)
            _ = try backend.layerNorm(output, residual: nil, norm)
        }
        // How many blocks of scratch memory are in use at once depends on how the threads meet.
        for _ in 0..<20 { try layer() }
        let before = memory.statistics
        for _ in 0..<50 { try layer() }
        let after = memory.statistics
        // The optimiser would free the layer after its last use, before the count above.
        withExtendedLifetime((x, weights, norm)) {}
        #expect(after.liveBytes == before.liveBytes)
        #expect(after.systemAllocations - before.systemAllocations <= workers.threads)
    }
}

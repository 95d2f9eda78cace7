import Bert
import TestSupport
import Testing

@testable import BertTraining

@Suite("Every operation has a rule, or is known to have none")
struct RuleTests {

    @Test(arguments: OperationKind.allCases)
    func rule(_ kind: OperationKind) throws {
        let base = try BackendRegistry.shared.backend("reference", for: "a test")
        let tape = DifferentiatingBackend(base: base)
        let x = try tape.track(base.constant([0.5, 1, 2, 4, 0.25, 3], shape: [2, 3]))
        let indices = try base.indices([1, 0])
        let sequences = try PackedSequences(lengths: [2])
        let norm = LayerNormWeights(weight: try base.constant([1, 2, 3], shape: [3]), bias: nil, epsilon: 1)
        // Values that move in and out, norms and steps of an optimizer aren't computed from what is tracked, and there
        // are no second derivatives.
        let others: Set<OperationKind> = [.upload, .download, .sumOfSquares, .adamW]
        if others.contains(kind) || kind.rawValue.hasSuffix("Gradient") { return }
        let calls: [OperationKind: OperationCall] = try [
            .matmul: .matmul(x, x, transposeA: false, transposeB: true, scale: 1),
            .binary: .binary(.add, x, x),
            .unary: .unary(.exp, x),
            .reduce: .reduce(.sum, x, axis: 0),
            .gatherRows: .gatherRows(x, indices: indices),
            .scatterAddRows: .scatterAddRows(x, indices: indices, rowCount: 2),
            .permute: .permute(x, axes: [1, 0]),
            .slice: .slice(x, axis: 0, range: 0..<1),
            .concatenate: .concatenate([x, x], axis: 0),
            .cast: .cast(x, to: .float32),
            .prepareLinear: .prepareLinear(weight: x, bias: nil),
            .prepareLinearForStep: .prepareLinearForStep(weight: x, bias: nil),
            .dropout: .dropout(x, Dropout(rate: 0.5, seed: 1, step: 2, site: 3)),
            .linear: .linear(x, tape.prepareLinear(weight: x, bias: nil), activation: nil, residual: nil),
            .attention: .attention(
                .separate(query: x, key: x, value: x), AttentionOptions(heads: 1, scale: 1, sequences: sequences)),
            .activation: .activation(.gelu, x),
            .layerNorm: .layerNorm(x, residual: nil, norm),
            .softmax: .softmax(x, mask: nil, scale: 1),
            .embeddings: .embeddings(
                EmbeddingInput(words: .vectors(x)), EmbeddingTables(word: x, position: nil, tokenType: nil, norm: norm)),
            .pool: .pool(x, sequences: sequences, .mean),
            .l2Normalize: .l2Normalize(x, epsilon: 1e-6),
            .crossEntropy: .crossEntropy(x, labels: indices, CrossEntropyOptions()),
        ]
        let call = try #require(calls[kind], "\(kind.rawValue) has no rule")
        let result: Tensor
        switch try tape.perform(call) {
        case .tensor(let tensor): result = tensor
        case .attention(let output): result = output.context
        case .crossEntropy(let output): result = output.losses
        case .weights(let weights):
            result = try tape.linear(
                base.constant([1, 2, 3], shape: [1, 3]), weights, activation: nil, residual: nil)
        default:
            Issue.record("\(kind.rawValue) gives no tensor")
            return
        }
        let seed = try base.constant(
            [Float](repeating: 1, count: result.shape.elementCount), shape: result.shape)
        #expect(try tape.gradients(from: [(result, seed)], of: [x])[0]?.shape == x.shape)
    }
}

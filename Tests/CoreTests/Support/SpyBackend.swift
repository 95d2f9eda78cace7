import BertCore
import Synchronization

/// A backend that records its calls, and returns the same tensor for all of them.
final class SpyBackend: ComputeBackend {
    let info: BackendInfo
    let given: Tensor
    private let noted = Mutex<[OperationKind]>([])
    private let answer: @Sendable (OperationRequest) -> Capability
    /// The error that every method throws, if any.
    private let error: BertError?

    init(
        _ name: String, gives values: [Float] = [1, 2, 3], throws error: BertError? = nil,
        capability: @escaping @Sendable (OperationRequest) -> Capability = { _ in .native }
    ) throws {
        info = BackendInfo(name: name, version: "1", threads: 1)
        given = try HostMemory().floats([values.count]) { start in
            for (index, value) in values.enumerated() { start[index] = value }
        }
        self.error = error
        answer = capability
    }

    /// Returns the operations called since the last time, in order.
    func calls() -> [OperationKind] {
        noted.withLock { calls in
            defer { calls = [] }
            return calls
        }
    }

    private func note(_ kind: OperationKind) throws -> Tensor {
        noted.withLock { $0.append(kind) }
        if let error { throw error }
        return given
    }

    func capability(of request: OperationRequest) -> Capability { answer(request) }
    func upload(_ buffer: HostBuffer, shape: Shape, elementType: ElementType) throws -> Tensor { try note(.upload) }
    func download(_ tensor: Tensor, into destination: UnsafeMutableRawBufferPointer) throws {
        noted.withLock { $0.append(.download) }
        try HostMemory.download(tensor, into: destination, for: info.name)
    }
    func matmul(_ a: Tensor, _ b: Tensor, transposeA: Bool, transposeB: Bool, scale: Float) throws -> Tensor {
        try note(.matmul)
    }
    func binary(_ operation: BinaryOperation, _ a: Tensor, _ b: Tensor) throws -> Tensor { try note(.binary) }
    func unary(_ operation: UnaryOperation, _ a: Tensor) throws -> Tensor { try note(.unary) }
    func reduce(_ operation: Reduction, _ a: Tensor, axis: Int) throws -> Tensor { try note(.reduce) }
    func gatherRows(_ table: Tensor, indices: Tensor) throws -> Tensor { try note(.gatherRows) }
    func scatterAddRows(_ rows: Tensor, indices: Tensor, rowCount: Int) throws -> Tensor { try note(.scatterAddRows) }
    func permute(_ a: Tensor, axes: [Int]) throws -> Tensor { try note(.permute) }
    func slice(_ a: Tensor, axis: Int, range: Range<Int>) throws -> Tensor { try note(.slice) }
    func concatenate(_ parts: [Tensor], axis: Int) throws -> Tensor { try note(.concatenate) }
    func cast(_ a: Tensor, to elementType: ElementType) throws -> Tensor { try note(.cast) }
    func prepareLinear(weight: Tensor, bias: Tensor?) throws -> PreparedLinear {
        _ = try note(.prepareLinear)
        return PreparedLinear(backend: info.name, inputSize: 3, outputSize: 1, payload: self)
    }
    func linear(
        _ x: Tensor, _ weights: PreparedLinear, activation: LinearActivation?, residual: Tensor?
    ) throws -> Tensor {
        _ = try weights.payload(as: SpyBackend.self, for: info.name)
        return try note(.linear)
    }
    func activation(_ activation: Activation, _ x: Tensor) throws -> Tensor { try note(.activation) }
    func layerNorm(_ x: Tensor, residual: Tensor?, _ weights: LayerNormWeights) throws -> Tensor {
        try note(.layerNorm)
    }
    func softmax(_ x: Tensor, mask: Tensor?, scale: Float) throws -> Tensor { try note(.softmax) }
    func attention(_ input: AttentionInput, _ options: AttentionOptions) throws -> AttentionOutput {
        AttentionOutput(
            context: try note(.attention), probabilities: options.returnsProbabilities ? given : nil)
    }
    func embeddings(_ input: EmbeddingInput, _ tables: EmbeddingTables) throws -> Tensor { try note(.embeddings) }
    func pool(_ x: Tensor, sequences: PackedSequences, _ pooling: Pooling) throws -> Tensor { try note(.pool) }
    func l2Normalize(_ x: Tensor, epsilon: Float) throws -> Tensor { try note(.l2Normalize) }
    func linearInputGradient(_ gradient: Tensor, weight: Tensor) throws -> Tensor { try note(.linearInputGradient) }
    func linearWeightGradient(_ x: Tensor, gradient: Tensor, hasBias: Bool) throws -> LinearGradient {
        LinearGradient(weight: try note(.linearWeightGradient), bias: nil)
    }
    func activationGradient(_ activation: LinearActivation, input: Tensor, gradient: Tensor) throws -> Tensor {
        try note(.activationGradient)
    }
    func layerNormGradient(
        _ x: Tensor, residual: Tensor?, _ weights: LayerNormWeights, gradient: Tensor
    ) throws -> LayerNormGradient {
        LayerNormGradient(input: try note(.layerNormGradient), weight: given, bias: nil)
    }
    func prepareLinearForStep(weight: Tensor, bias: Tensor?) throws -> PreparedLinear {
        _ = try note(.prepareLinearForStep)
        return PreparedLinear(backend: info.name, inputSize: 1, outputSize: 1, payload: self)
    }
    func attentionGradient(
        _ input: AttentionInput, _ options: AttentionOptions, gradient: Tensor
    ) throws -> AttentionGradient { AttentionGradient(input: .fused(try note(.attentionGradient))) }
    func dropout(_ x: Tensor, _ dropout: Dropout) throws -> Tensor { try note(.dropout) }
    func crossEntropy(_ logits: Tensor, labels: Tensor, _ options: CrossEntropyOptions) throws -> CrossEntropy {
        CrossEntropy(losses: try note(.crossEntropy), gradient: given)
    }
    func sumOfSquares(_ tensors: [Tensor]) throws -> Double {
        _ = try note(.sumOfSquares)
        return 0
    }
    func adamW(_ state: consuming AdamWState, gradient: Tensor, _ step: AdamW) throws -> AdamWState {
        AdamWState(parameter: try note(.adamW), firstMoment: given, secondMoment: given)
    }
    func softmaxGradient(_ result: Tensor, gradient: Tensor, scale: Float) throws -> Tensor {
        try note(.softmaxGradient)
    }
    func l2NormalizeGradient(_ x: Tensor, epsilon: Float, gradient: Tensor) throws -> Tensor {
        try note(.l2NormalizeGradient)
    }
}

extension OperationCall {
    /// Returns a call of an operation with some operands.
    static func example(_ kind: OperationKind, _ x: Tensor, _ weights: PreparedLinear) throws -> OperationCall {
        let sequences = try PackedSequences(lengths: [1])
        let norm = LayerNormWeights(weight: x, bias: x, epsilon: 0)
        return switch kind {
        case .upload: .upload(HostBuffer([Float(1)]), shape: [1], elementType: .float32)
        case .download: .download(x, into: UnsafeMutableRawBufferPointer(start: nil, count: 0))
        case .matmul: .matmul(x, x, transposeA: false, transposeB: true, scale: 1)
        case .binary: .binary(.add, x, x)
        case .unary: .unary(.exp, x)
        case .reduce: .reduce(.sum, x, axis: 0)
        case .gatherRows: .gatherRows(x, indices: x)
        case .scatterAddRows: .scatterAddRows(x, indices: x, rowCount: 1)
        case .permute: .permute(x, axes: [0])
        case .slice: .slice(x, axis: 0, range: 0..<1)
        case .concatenate: .concatenate([x], axis: 0)
        case .cast: .cast(x, to: .float16)
        case .prepareLinear: .prepareLinear(weight: x, bias: nil)
        case .linear: .linear(x, weights, activation: .gelu, residual: x)
        case .activation: .activation(.gelu, x)
        case .layerNorm: .layerNorm(x, residual: x, norm)
        case .softmax: .softmax(x, mask: x, scale: 1)
        case .attention:
            .attention(
                .separate(query: x, key: x, value: x),
                AttentionOptions(heads: 1, scale: 1, sequences: sequences, mask: x, headScale: x))
        case .embeddings:
            .embeddings(
                EmbeddingInput(words: .ids(x), positions: x, tokenTypes: x),
                EmbeddingTables(word: x, position: x, tokenType: x, norm: norm))
        case .pool: .pool(x, sequences: sequences, .mean)
        case .l2Normalize: .l2Normalize(x, epsilon: 0)
        case .linearInputGradient: .linearInputGradient(x, weight: x)
        case .linearWeightGradient: .linearWeightGradient(x, gradient: x, hasBias: true)
        case .activationGradient: .activationGradient(.gelu, input: x, gradient: x)
        case .layerNormGradient: .layerNormGradient(x, residual: x, norm, gradient: x)
        case .softmaxGradient: .softmaxGradient(x, gradient: x, scale: 1)
        case .prepareLinearForStep: .prepareLinearForStep(weight: x, bias: nil)
        case .attentionGradient:
            .attentionGradient(
                .separate(query: x, key: x, value: x), AttentionOptions(heads: 1, scale: 1, sequences: sequences),
                gradient: x)
        case .dropout: .dropout(x, Dropout(rate: 0.5, seed: 0, step: 0, site: 0))
        case .crossEntropy: .crossEntropy(x, labels: x, CrossEntropyOptions())
        case .sumOfSquares: .sumOfSquares([x])
        case .adamW:
            .adamW(
                AdamWState(parameter: x, firstMoment: x, secondMoment: x), gradient: x,
                AdamW(learningRate: 1, step: 1))
        case .l2NormalizeGradient: .l2NormalizeGradient(x, epsilon: 0, gradient: x)
        }
    }
}

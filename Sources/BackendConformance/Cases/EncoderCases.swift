import BertCore

/// Cases for a whole encoder, in which each layer is checked.
enum EncoderCases {
    static let all: [CaseTemplate] = [
        encoder("tiny", features: 24, heads: 3, hidden: 40, layers: 3, lengths: [5, 1, 9], activation: .gelu),
        encoder("one-token", features: 16, heads: 2, hidden: 32, layers: 2, lengths: [1], activation: .gelu),
        encoder("empty-batch", features: 16, heads: 2, hidden: 32, layers: 1, lengths: [], activation: .gelu),
        encoder("relu", features: 33, heads: 3, hidden: 67, layers: 2, lengths: [17, 2], activation: .relu),
        encoder("wide", features: 64, heads: 4, hidden: 256, layers: 2, lengths: [33], activation: .geluTanh),
    ]

    private static let operations: [OperationKind] = [
        .embeddings, .prepareLinear, .linear, .attention, .layerNorm, .pool, .l2Normalize,
    ]

    /// The weights of one layer.
    private struct Layer {
        let qkv, output, up, down: (weight: Values, bias: Values)
        let first, second: NormValues

        init(_ trial: Trial, features: Int, hidden: Int) {
            func dense(_ outputs: Int, _ inputs: Int) -> (Values, Values) {
                (
                    trial.numbers.spread([outputs, inputs], scale: 1.5 / Double(inputs).squareRoot()),
                    trial.numbers.spread([outputs], scale: 0.1)
                )
            }
            func norm() -> NormValues {
                NormValues(
                    weight: trial.numbers.spread([features], scale: 0.2).map { Double(Float(1 + $0)) },
                    bias: trial.numbers.spread([features], scale: 0.1), epsilon: Double(Float(1e-12)))
            }
            qkv = dense(3 * features, features)
            output = dense(features, features)
            up = dense(hidden, features)
            down = dense(features, hidden)
            first = norm()
            second = norm()
        }

        func want(_ x: Values, heads: Int, sequences: PackedSequences, activation: LinearActivation) -> Values {
            let width = x.width
            let qkv = Oracle.linear(x, weight: qkv.weight, bias: qkv.bias)
            let part = (0..<3).map { Oracle.slice(qkv, axis: 1, range: $0 * width..<($0 + 1) * width) }
            let context = Oracle.attention(
                AttentionValues(
                    query: part[0], key: part[1], value: part[2], heads: heads,
                    scale: Double(Float(1 / Double(width / heads).squareRoot())), sequences: sequences,
                    keySequences: sequences)
            ).context
            let attended = Oracle.layerNorm(
                Oracle.linear(context, weight: output.weight, bias: output.bias, residual: x), first)
            let inner = Oracle.linear(attended, weight: up.weight, bias: up.bias, activation: activation)
            return Oracle.layerNorm(
                Oracle.linear(inner, weight: down.weight, bias: down.bias, residual: attended), second)
        }

        func result(
            _ x: Tensor, _ trial: Trial, heads: Int, sequences: PackedSequences, activation: LinearActivation
        ) throws -> Tensor {
            let backend = trial.backend
            func prepared(_ dense: (weight: Values, bias: Values)) throws -> PreparedLinear {
                try backend.prepareLinear(weight: trial.tensor(dense.weight), bias: trial.tensor(dense.bias))
            }
            let scale = Float(1 / Double(x.shape.lastLength / heads).squareRoot())
            let projected = try backend.linear(x, prepared(qkv), activation: nil, residual: nil)
            let context = try backend.attention(
                .fused(projected), AttentionOptions(heads: heads, scale: scale, sequences: sequences)
            ).context
            let mixed = try backend.linear(context, prepared(output), activation: nil, residual: nil)
            let attended = try backend.layerNorm(mixed, residual: x, LayerNormWeights(first, trial))
            let inner = try backend.linear(attended, prepared(up), activation: activation, residual: nil)
            let outer = try backend.linear(inner, prepared(down), activation: nil, residual: attended)
            return try backend.layerNorm(outer, residual: nil, LayerNormWeights(second, trial))
        }
    }

    private static func encoder(
        _ name: String, features: Int, heads: Int, hidden: Int, layers: Int, lengths: [Int],
        activation: LinearActivation
    ) -> CaseTemplate {
        CaseTemplate(.encoder, name, of: operations) { trial in
            let sequences = try PackedSequences(lengths: lengths)
            let tokens = sequences.totalLength
            if tokens == 0 { trial.prove() }
            let (word, position) = (trial.numbers.spread([37, features]), trial.numbers.spread([40, features]))
            let norm = NormValues(
                weight: Values([features], repeating: 1), bias: Values([features], repeating: 0),
                epsilon: Double(Float(1e-12)))
            let ids = trial.numbers.indices(tokens, below: 37)
            let positions = Values([tokens], lengths.flatMap { (0..<$0).map(Double.init) })
            var want = Oracle.embeddings(
                word: word, position: position, tokenType: nil, ids: ids, positions: positions, types: nil, norm: norm)
            var x = try trial.backend.embeddings(
                EmbeddingInput(
                    words: .ids(trial.indices(ids)), positions: trial.indices(positions), tokenTypes: nil),
                EmbeddingTables(
                    word: trial.tensor(word), position: trial.tensor(position), tokenType: nil,
                    norm: LayerNormWeights(norm, trial)))
            try trial.expect(x, want, trial.tolerance(.embeddings), "embeddings")
            for index in 0..<layers {
                let layer = Layer(trial, features: features, hidden: hidden)
                want = layer.want(want, heads: heads, sequences: sequences, activation: activation)
                x = try layer.result(x, trial, heads: heads, sequences: sequences, activation: activation)
                // Each layer propagates the errors of its input and adds its own.
                let own = trial.tolerance(.layerNorm, depth: hidden)
                let sum = Double(index + 2)
                try trial.expect(
                    x, want, Tolerance(absolute: own.absolute * sum, relative: own.relative * sum), "layer \(index)")
            }
            let pooled = try trial.backend.l2Normalize(
                trial.backend.pool(x, sequences: sequences, .mean), epsilon: 1e-12)
            let wantPooled = Oracle.l2Normalize(Oracle.pool(want, sequences: sequences, .mean), epsilon: 1e-12)
            let own = trial.tolerance(.layerNorm, depth: hidden)
            try trial.expect(
                pooled, wantPooled, Tolerance(absolute: own.absolute * Double(layers + 2), relative: own.relative),
                "sentence embeddings")
        }
    }
}

import BertCore

/// The first layer of DeBERTa v2 xlarge, with a parallel convolution over the embeddings of neighboring tokens.
///
/// The output of the convolution is added to that of the layer and normalized (`transformers.ConvLayer`).
struct ConvolvedLayer: LayerRecipe {
    let layer: LayerDesign
    /// The number of tokens that the convolution spans.
    let kernel: Int
    let activation: Activation
    private static let name = "encoder.conv"

    var path: String { layer.path }
    var usesPlaces: Bool { layer.usesPlaces }
    var residualOutputs: [String] { layer.residualOutputs }

    func parameterSpecs(_ prefix: String, _ config: BertConfig) -> [ParameterSpec] {
        let hidden = config.hiddenSize
        return layer.parameterSpecs(prefix, config) + [
            ParameterSpec("\(prefix)\(Self.name).conv.weight", [hidden, hidden, kernel]),
            ParameterSpec("\(prefix)\(Self.name).conv.bias", [hidden], .zeros),
        ] + ParameterSpec.layerNorm("\(prefix)\(Self.name).LayerNorm", hidden)
    }

    func load(_ loader: WeightLoader, _ prefix: String, _ config: BertConfig) throws -> any TrunkLayer {
        let (backend, hidden) = (loader.backend, config.hiddenSize)
        let weight = try backend.permute(loader.tensor("\(prefix)\(Self.name).conv.weight"), axes: [2, 0, 1])
        let bias = try loader.tensor("\(prefix)\(Self.name).conv.bias")
        let taps = try (0..<kernel).map { tap in
            try backend.prepareLinear(
                weight: backend.slice(weight, axis: 0, range: tap..<tap + 1).reshaped(to: [hidden, hidden]),
                bias: tap == 0 ? bias : nil)
        }
        return Loaded(
            layer: try layer.load(loader, prefix, config), taps: taps, activation: activation,
            norm: try loader.layerNorm(NormDesign("\(prefix)\(Self.name).LayerNorm"), epsilon: config.layerNormEps))
    }

    private struct Loaded: TrunkLayer {
        let layer: any TrunkLayer
        /// One weight matrix per token of the span.
        let taps: [PreparedLinear]
        let activation: Activation
        let norm: LayerNormWeights

        func callAsFunction(_ input: LayerInput, on backend: any ComputeBackend) throws -> LayerOutput {
            var output = try layer(input, on: backend)
            let convolved = try OperationScope.with("conv", on: backend) {
                try backend.activation(activation, dropped(convolution(input, on: backend), input.dropout, on: backend))
            }
            let rows = try input.rows.map { try backend.gatherRows(convolved, indices: $0) } ?? convolved
            output.hidden = try backend.layerNorm(output.hidden, residual: rows, norm)
            // Masked-out tokens that are computed become zero vectors again.
            if let visible = try input.visibleQueries(on: backend) {
                output.hidden = try backend.binary(.multiply, output.hidden, visible)
            }
            return output
        }

        private func dropped(_ x: Tensor, _ dropout: PartDropout?, on backend: any ComputeBackend) throws -> Tensor {
            try dropout.map { try $0(x, at: 5, rate: $0.rates.hidden, on: backend) } ?? x
        }

        /// Returns the convolution, `[tokens, hidden]`: the sum over the span of a matrix times the neighboring token,
        /// or zero outside the sequence.
        private func convolution(_ input: LayerInput, on backend: any ComputeBackend) throws -> Tensor {
            let width = input.hidden.shape.lastLength
            let zero = try backend.constant([Float](repeating: 0, count: width), shape: [1, width])
            let padded = try backend.concatenate([input.hidden, zero], axis: 0)
            var sum: Tensor?
            for (tap, weights) in taps.enumerated() {
                let neighbours = try backend.gatherRows(
                    padded, indices: backend.indices(input.neighbours(at: tap - taps.count / 2)))
                sum = try backend.linear(neighbours, weights, activation: nil, residual: sum)
            }
            return sum ?? input.hidden
        }
    }
}

extension LayerInput {
    /// Returns the packed row of the token `offset` columns after each token. For a token that doesn't exist or is
    /// masked, it is the index after the last row.
    fileprivate func neighbours(at offset: Int) -> [Int32] {
        var result: [Int32] = []
        let count = keys.totalLength
        result.reserveCapacity(count)
        for sequence in 0..<keys.count {
            let range = keys[sequence]
            let seen = range.filter { host.maskedOut?[$0] != true }
            let rows = Dictionary(uniqueKeysWithValues: seen.map { (Int(host.columns[$0]), $0) })
            for token in range {
                result.append(Int32(rows[Int(host.columns[token]) + offset] ?? count))
            }
        }
        return result
    }
}

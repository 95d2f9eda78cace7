public import BertCore

extension ReferenceBackend {
    public func prepareLinear(weight: Tensor, bias: Tensor?) throws -> PreparedLinear {
        let (inputSize, outputSize) = try ShapeRules.linearWeights(weight: weight, bias: bias)
        func packed(_ weight: Tensor) throws -> PackedMatrix {
            try PackedMatrix(
                view(weight).floats, k: inputSize, n: outputSize, rowStride: 1, columnStride: inputSize,
                memory: memory)
        }
        let weights: ReferenceLinear.Weights =
            switch info.precision {
            case .float32: .float32(try packed(weight))
            case .bfloat16: .bfloat16(try packed(roundedToBfloat16(weight)))
            case .int8: .int8(QuantizedRows(weights: try view(weight).floats, count: outputSize, width: inputSize))
            }
        let biases = try bias.map { try Array(UnsafeBufferPointer(start: view($0).floats, count: outputSize)) }
        return PreparedLinear(
            backend: info.name, inputSize: inputSize, outputSize: outputSize,
            payload: ReferenceLinear(weights: weights, bias: biases))
    }

    public func linear(
        _ x: Tensor, _ weights: PreparedLinear, activation: LinearActivation?, residual: Tensor?
    ) throws -> Tensor {
        let output = try ShapeRules.linear(x, weights, activation: activation, residual: residual)
        let own = try weights.payload(as: ReferenceLinear.self, for: info.name)
        let input = try view(x)
        let added = try residual.map(view)
        let (rows, n) = (x.shape.rowCount, weights.outputSize)
        if let activation, activation.isGated {
            let both = try linear(x, weights, activation: nil, residual: nil)
            return try gated(both, activation.function, added, shape: output)
        }
        return try memory.floats(output) { out in
            func multiply(_ input: HostView, by matrix: PackedMatrix) {
                matrix.multiply(
                    input.floats, rows: rows, stride: weights.inputSize, scale: 1, into: out, workers: workers)
            }
            switch own.weights {
            case .float32(let matrix): multiply(input, by: matrix)
            case .bfloat16(let matrix):
                let rounded = try roundedToBfloat16(x)
                multiply(try view(rounded), by: matrix)
                withExtendedLifetime(rounded) {}
            case .int8(let columns):
                let rows = QuantizedRows(inputs: input.floats, count: rows, width: weights.inputSize)
                rows.multiply(columns, into: out, workers: workers)
            }
            workers.forEachRange(rows, grain: max(1, 4_096 / max(n, 1))) { range in
                for row in range {
                    let line = out + row * n
                    if let bias = own.bias { for i in 0..<n { line[i] += bias[i] } }
                    if let activation = activation?.function { activation.apply(line, count: n, into: line) }
                    if let added { for i in 0..<n { line[i] += added.floats[row * n + i] } }
                }
            }
        }
    }

    /// Returns activation(first half) · second half + residual.
    private func gated(_ x: Tensor, _ activation: Activation, _ residual: HostView?, shape: Shape) throws -> Tensor {
        let n = shape.lastLength
        let source = try view(x).floats
        let result = try memory.floats(shape) { out in
            workers.forEachRange(shape.rowCount, grain: max(1, 4_096 / max(n, 1))) { range in
                for row in range {
                    let (gate, value, line) = (source + 2 * row * n, source + (2 * row + 1) * n, out + row * n)
                    activation.apply(gate, count: n, into: line)
                    for i in 0..<n { line[i] = line[i] * value[i] + (residual?.floats[row * n + i] ?? 0) }
                }
            }
        }
        withExtendedLifetime(x) {}
        return result
    }

    private func roundedToBfloat16(_ tensor: Tensor) throws -> Tensor {
        let elements = try view(tensor)
        return try memory.floats(tensor.shape) { rounded in
            for index in 0..<elements.count {
                let bits = HalfPrecision.bfloat16(from: elements.floats[index])
                rounded[index] = HalfPrecision.float(fromBfloat16: bits)
            }
        }
    }
}

/// The prepared weights of a linear layer.
private final class ReferenceLinear: Sendable {
    enum Weights: Sendable {
        case float32(PackedMatrix)
        /// Rounded to bfloat16; inputs are rounded in each call.
        case bfloat16(PackedMatrix)
        case int8(QuantizedRows)
    }
    let weights: Weights
    let bias: [Float]?

    init(weights: Weights, bias: [Float]?) {
        self.weights = weights
        self.bias = bias
    }
}

/// The default implementations of the composites, in terms of primitives.
///
/// A backend that overrides none of them is complete, and a backend with automatic differentiation needs derivatives of
/// the primitives only.
extension ComputeBackend {
    /// Returns `native` for all float32 operations, and for operations on any type that only move elements.
    ///
    /// This is the default for backends that don't delegate.
    public func capability(of request: OperationRequest) -> Capability {
        request.refusal(inFloat32By: info.name) ?? .native
    }

    public func computing(in precision: Precision) throws -> any ComputeBackend {
        guard precision == info.precision else {
            throw BackendUnavailableReason.precisionNotSupported(precision, have: [info.precision])
        }
        return self
    }

    public var workerPool: WorkerPool? { nil }

    public var dividesBatches: Bool { false }

    public func prepareLinear(weight: Tensor, bias: Tensor?) throws -> PreparedLinear {
        let (inputSize, outputSize) = try ShapeRules.linearWeights(weight: weight, bias: bias)
        return PreparedLinear(
            backend: info.name, inputSize: inputSize, outputSize: outputSize,
            payload: PlainLinear(weight: weight, bias: bias))
    }

    public func linear(
        _ x: Tensor, _ weights: PreparedLinear, activation: LinearActivation?, residual: Tensor?
    ) throws -> Tensor {
        let output = try ShapeRules.linear(x, weights, activation: activation, residual: residual)
        let plain = try weights.payload(as: PlainLinear.self, for: info.name)
        let rows = try x.reshaped(to: [x.shape.rowCount, weights.inputSize])
        var y = try matmul(rows, plain.weight, transposeA: false, transposeB: true, scale: 1)
        if let bias = plain.bias { y = try binary(.add, y, bias) }
        switch activation {
        case nil: break
        case .elementwise(let function): y = try self.activation(function, y)
        case .gated(let function): y = try gated(function, y)
        }
        y = try y.reshaped(to: output)
        if let residual { y = try binary(.add, y, residual) }
        return y
    }

    /// Returns activation(first half) · second half of each row: `[rows, 2n]` → `[rows, n]`.
    private func gated(_ activation: Activation, _ x: Tensor) throws -> Tensor {
        let n = x.shape.lastLength / 2
        let gate = try self.activation(activation, slice(x, axis: 1, range: 0..<n))
        return try binary(.multiply, gate, slice(x, axis: 1, range: n..<2 * n))
    }

    public func activation(_ activation: Activation, _ x: Tensor) throws -> Tensor {
        switch activation {
        case .relu:
            return try binary(.maximum, x, constant(0))
        case .tanh:
            return try unary(.tanh, x)
        case .sigmoid:
            return try unary(.sigmoid, x)
        case .silu:
            return try binary(.multiply, x, unary(.sigmoid, x))
        case .quickGelu:
            return try binary(.multiply, x, unary(.sigmoid, binary(.multiply, x, constant(1.702))))
        case .gelu:
            let erf = try unary(.erf, binary(.multiply, x, constant(Float(0.5).squareRoot())))
            return try binary(.multiply, binary(.multiply, x, constant(0.5)), binary(.add, erf, constant(1)))
        case .geluTanh:
            let cube = try binary(.multiply, binary(.multiply, x, x), x)
            let inner = try binary(.add, x, binary(.multiply, cube, constant(0.044715)))
            let tanh = try unary(.tanh, binary(.multiply, inner, constant((2 / Float.pi).squareRoot())))
            return try binary(.multiply, binary(.multiply, x, constant(0.5)), binary(.add, tanh, constant(1)))
        }
    }

    public func layerNorm(_ x: Tensor, residual: Tensor?, _ weights: LayerNormWeights) throws -> Tensor {
        try ShapeRules.layerNorm(x, residual: residual, weights)
        let y = try residual.map { try binary(.add, x, $0) } ?? x
        let axis = y.shape.count - 1
        let perElement = try constant(1 / Float(y.shape.lastLength))
        let mean = try binary(.multiply, reduce(.sum, y, axis: axis), perElement)
        let centred = try binary(.subtract, y, mean)
        let squares = try binary(.multiply, centred, centred)
        let variance = try binary(.multiply, reduce(.sum, squares, axis: axis), perElement)
        let deviation = try unary(.sqrt, binary(.add, variance, constant(weights.epsilon)))
        let scaled = try binary(.multiply, binary(.divide, centred, deviation), weights.weight)
        return try weights.bias.map { try binary(.add, scaled, $0) } ?? scaled
    }

    public func softmax(_ x: Tensor, mask: Tensor?, scale: Float) throws -> Tensor {
        try ShapeRules.softmax(x, mask: mask)
        guard x.shape.elementCount > 0 else { return x }
        let axis = x.shape.count - 1
        var scores = scale == 1 ? x : try binary(.multiply, x, constant(scale))
        if let mask { scores = try binary(.add, scores, mask) }
        // Clamp to finite numbers, so that a row of only −∞ gives a uniform distribution instead of NaN.
        scores = try binary(.maximum, scores, constant(-Float.greatestFiniteMagnitude))
        let shifted = try binary(.subtract, scores, reduce(.maximum, scores, axis: axis))
        let exponentials = try unary(.exp, shifted)
        return try binary(.divide, exponentials, reduce(.sum, exponentials, axis: axis))
    }

    public func embeddings(_ input: EmbeddingInput, _ tables: EmbeddingTables) throws -> Tensor {
        try ShapeRules.embeddings(input, tables)
        var sum: Tensor
        switch input.words {
        case .ids(let ids): sum = try gatherRows(tables.word, indices: ids)
        case .vectors(let vectors): sum = vectors
        }
        if let table = tables.tokenType, let types = input.tokenTypes {
            sum = try binary(.add, sum, gatherRows(table, indices: types))
        }
        if let table = tables.position, let positions = input.positions {
            sum = try binary(.add, sum, gatherRows(table, indices: positions))
        }
        return try layerNorm(sum, residual: nil, tables.norm)
    }

    public func pool(_ x: Tensor, sequences: PackedSequences, _ pooling: Pooling) throws -> Tensor {
        try ShapeRules.pool(x, sequences: sequences)
        let vectors = try (0..<sequences.count).map { index in
            let rows = sequences[index]
            func reduced(_ reduction: Reduction) throws -> Tensor {
                try reduce(reduction, slice(x, axis: 0, range: rows), axis: 0)
            }
            switch pooling {
            case .cls: return try slice(x, axis: 0, range: rows.lowerBound..<rows.lowerBound + 1)
            case .lastToken: return try slice(x, axis: 0, range: rows.upperBound - 1..<rows.upperBound)
            case .max: return try reduced(.maximum)
            case .mean: return try binary(.multiply, reduced(.sum), constant(1 / Float(rows.count)))
            case .meanSquareRootLength:
                return try binary(.multiply, reduced(.sum), constant(1 / Float(rows.count).squareRoot()))
            }
        }
        return vectors.isEmpty ? try constant([], shape: [0, x.shape.lastLength]) : try concatenate(vectors, axis: 0)
    }

    public func l2Normalize(_ x: Tensor, epsilon: Float) throws -> Tensor {
        let squares = try binary(.multiply, x, x)
        let norm = try unary(.sqrt, reduce(.sum, squares, axis: x.shape.count - 1))
        return try binary(.divide, x, binary(.maximum, norm, constant(epsilon)))
    }
}

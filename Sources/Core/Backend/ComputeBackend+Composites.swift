/// The meaning of every composite, spelt in primitives of `self`.
///
/// A backend that overrides none of these is complete; one that differentiates needs to know the primitives alone.
extension ComputeBackend {
    /// Everything native in float32, and in any type what only moves elements: for backends that delegate nothing.
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
        _ x: Tensor, _ weights: PreparedLinear, activation: Activation?, residual: Tensor?
    ) throws -> Tensor {
        let output = try ShapeRules.linear(x, weights, residual: residual)
        let plain = try weights.payload(as: PlainLinear.self, for: info.name)
        let rows = try x.reshaped(to: [x.shape.rowCount, weights.inputSize])
        var y = try matmul(rows, plain.weight, transposeA: false, transposeB: true, scale: 1)
        if let bias = plain.bias { y = try binary(.add, y, bias) }
        if let activation { y = try self.activation(activation, y) }
        y = try y.reshaped(to: output)
        if let residual { y = try binary(.add, y, residual) }
        return y
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
        return try binary(
            .add, binary(.multiply, binary(.divide, centred, deviation), weights.weight), weights.bias)
    }

    public func softmax(_ x: Tensor, mask: Tensor?, scale: Float) throws -> Tensor {
        try ShapeRules.softmax(x, mask: mask)
        guard x.shape.elementCount > 0 else { return x }
        let axis = x.shape.count - 1
        var scores = scale == 1 ? x : try binary(.multiply, x, constant(scale))
        if let mask { scores = try binary(.add, scores, mask) }
        // Lifts a row of nothing but −∞ to equal finite numbers: uniform, not NaN.
        scores = try binary(.maximum, scores, constant(-Float.greatestFiniteMagnitude))
        let shifted = try binary(.subtract, scores, reduce(.maximum, scores, axis: axis))
        let exponentials = try unary(.exp, shifted)
        return try binary(.divide, exponentials, reduce(.sum, exponentials, axis: axis))
    }

    public func attention(_ input: AttentionInput, _ options: AttentionOptions) throws -> AttentionOutput {
        let sizes = try ShapeRules.attention(input, options)
        let heads = options.heads
        let (query, key, value): (Tensor, Tensor, Tensor)
        switch input {
        case .separate(let q, let k, let v):
            (query, key, value) = (q, k, v)
        case .fused(let qkv):
            let width = heads * sizes.headSize
            query = try slice(qkv, axis: 1, range: 0..<width)
            key = try slice(qkv, axis: 1, range: width..<2 * width)
            value = try slice(qkv, axis: 1, range: 2 * width..<3 * width)
        }
        /// Rows of one sequence as `[heads, rows, size]`.
        func byHead(_ tensor: Tensor, _ rows: Range<Int>, _ size: Int) throws -> Tensor {
            let part = try slice(tensor, axis: 0, range: rows).reshaped(to: [rows.count, heads, size])
            return try permute(part, axes: [1, 0, 2])
        }

        var contexts: [Tensor] = []
        var probabilities: [Tensor] = []
        var maskStart = 0
        for index in 0..<options.sequences.count {
            let queryRows = options.sequences[index]
            let keyRows = options.keySequences[index]
            let scoreCount = queryRows.count * keyRows.count
            defer { maskStart += scoreCount }
            guard !queryRows.isEmpty else { continue }
            let q = try byHead(query, queryRows, sizes.headSize)
            let k = try byHead(key, keyRows, sizes.headSize)
            let v = try byHead(value, keyRows, sizes.valueSize)
            let scores = try matmul(q, k, transposeA: false, transposeB: true, scale: options.scale)
            let mask = try options.mask.map {
                try slice($0, axis: 0, range: maskStart..<maskStart + scoreCount)
                    .reshaped(to: [queryRows.count, keyRows.count])
            }
            var p = try softmax(scores, mask: mask, scale: 1)
            if let headScale = options.headScale {
                p = try binary(.multiply, p, headScale.reshaped(to: [heads, 1, 1]))
            }
            let context = try matmul(p, v, transposeA: false, transposeB: false, scale: 1)
            contexts.append(
                try permute(context, axes: [1, 0, 2]).reshaped(to: [queryRows.count, heads * sizes.valueSize]))
            if options.returnsProbabilities { probabilities.append(try p.reshaped(to: [heads * scoreCount])) }
        }
        let empty = try constant([], shape: [0, heads * sizes.valueSize])
        return AttentionOutput(
            context: contexts.isEmpty ? empty : try concatenate(contexts, axis: 0),
            probabilities: !options.returnsProbabilities
                ? nil : probabilities.isEmpty ? try constant([], shape: [0]) : try concatenate(probabilities, axis: 0))
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
        sum = try binary(.add, sum, gatherRows(tables.position, indices: input.positions))
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

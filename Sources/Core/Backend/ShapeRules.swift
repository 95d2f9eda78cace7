/// Validation of operands and computation of result shapes, shared by all backends.
///
/// All functions throw ``BertError`` with code `invalidShape` (with the shapes) or `unsupported` (with the type).
public enum ShapeRules {
    /// The sizes of a batched matrix product.
    public struct Matmul: Sendable {
        /// The number of rows of the result.
        public let m: Int
        /// The number of columns of the result.
        public let n: Int
        /// The length of the contracted axis.
        public let k: Int
        /// The leading axes of the result.
        public let batch: Shape
        /// The shape of the result.
        public let output: Shape
        /// The leading axes of the operands.
        let (batchA, batchB): (Shape, Shape)

        /// Returns the offsets, in elements, of the matrices of one product.
        ///
        /// `index` is the row-major index in `batch`. Along axes that broadcast, an operand is used repeatedly.
        public func block(_ index: Int) -> (a: Int, b: Int, output: Int) {
            (blockOffset(batchA, index) * m * k, blockOffset(batchB, index) * k * n, index * m * n)
        }

        private func blockOffset(_ shape: Shape, _ index: Int) -> Int {
            var (rest, offset, stride) = (index, 0, 1)
            for axis in batch.indices.reversed() {
                let own = axis - (batch.count - shape.count)
                if own >= 0, shape[own] > 1 {
                    offset += rest % batch[axis] * stride
                    stride *= shape[own]
                }
                rest /= batch[axis]
            }
            return offset
        }
    }

    /// Returns the shape that two operands broadcast to, with NumPy rules.
    public static func broadcast(_ a: Shape, _ b: Shape) throws -> Shape {
        if a == b { return a }
        let rank = Swift.max(a.count, b.count)
        var lengths = [Int](repeating: 1, count: rank)
        for axis in 0..<rank {
            let x = axis < rank - a.count ? 1 : a[axis - (rank - a.count)]
            let y = axis < rank - b.count ? 1 : b[axis - (rank - b.count)]
            guard x == y || x == 1 || y == 1 else {
                throw BertError(
                    .invalidShape, "the shapes \(a) and \(b) can't be broadcast: \(x) and \(y)",
                    value: .string("\(a)"), limit: .string("\(b)"))
            }
            lengths[axis] = x == 1 ? y : x
        }
        return try Shape(checking: lengths)
    }

    /// Checks the operands of a batched matrix product and returns its sizes.
    public static func matmul(_ a: Tensor, _ b: Tensor, transposeA: Bool, transposeB: Bool) throws -> Matmul {
        let (x, y) = (a.shape, b.shape)
        guard x.count >= 2, y.count >= 2 else {
            throw BertError(
                .invalidShape, "matmul requires at least two axes; the operands have the shapes \(x) and \(y)")
        }
        let m = transposeA ? x[x.count - 1] : x[x.count - 2]
        let k = transposeA ? x[x.count - 2] : x[x.count - 1]
        let n = transposeB ? y[y.count - 2] : y[y.count - 1]
        guard k == (transposeB ? y[y.count - 1] : y[y.count - 2]) else {
            throw BertError(
                .invalidShape,
                "matmul of \(x)\(transposeA ? "ᵀ" : "") and \(y)\(transposeB ? "ᵀ" : ""): the inner dimensions differ")
        }
        let (batchA, batchB) = (Shape(x.dropLast(2)), Shape(y.dropLast(2)))
        let batch = try broadcast(batchA, batchB)
        return Matmul(
            m: m, n: n, k: k, batch: batch, output: try Shape(checking: Array(batch) + [m, n]), batchA: batchA,
            batchB: batchB)
    }

    /// Checks the weights `[out, in]` and bias `[out]` of a linear layer and returns its sizes.
    public static func linearWeights(weight: Tensor, bias: Tensor?) throws -> (inputSize: Int, outputSize: Int) {
        guard weight.shape.count == 2 else {
            throw BertError(
                .invalidShape, "the weight of a linear layer must have the shape [out, in], not \(weight.shape)")
        }
        if let bias, bias.shape != [weight.shape[0]] {
            throw BertError(
                .invalidShape, "a bias of shape \(bias.shape) doesn't match a weight of shape \(weight.shape)")
        }
        return (weight.shape[1], weight.shape[0])
    }

    /// Checks the operands of a linear layer and returns the shape of the result.
    public static func linear(
        _ x: Tensor, _ weights: PreparedLinear, activation: LinearActivation?, residual: Tensor?
    ) throws -> Shape {
        guard x.shape.count >= 1, x.shape.lastLength == weights.inputSize else {
            throw BertError(
                .invalidShape, "a linear layer with \(weights.inputSize) input features can't take the shape \(x.shape)"
            )
        }
        let isGated = activation?.isGated == true
        guard !isGated || weights.outputSize % 2 == 0 else {
            throw BertError(
                .invalidShape,
                "a gated linear layer requires an even number of outputs, not \(weights.outputSize)"
            )
        }
        let output = x.shape.replacing(
            axis: x.shape.count - 1, with: isGated ? weights.outputSize / 2 : weights.outputSize)
        if let residual, residual.shape != output {
            throw BertError(
                .invalidShape, "a residual of shape \(residual.shape) can't be added to an output of shape \(output)")
        }
        return output
    }

    /// Checks the operands of a layer normalization.
    public static func layerNorm(_ x: Tensor, residual: Tensor?, _ weights: LayerNormWeights) throws {
        guard x.shape.count >= 1 else { throw BertError(.invalidShape, "layer norm requires at least one axis") }
        try layerNormWeights(weights, features: x.shape.lastLength, of: x.shape)
        if let residual, residual.shape != x.shape {
            throw BertError(
                .invalidShape, "a residual of shape \(residual.shape) can't be added to an input of shape \(x.shape)")
        }
    }

    private static func layerNormWeights(_ weights: LayerNormWeights, features: Int, of shape: Shape) throws {
        guard weights.weight.shape == [features], weights.bias.map({ $0.shape == [features] }) ?? true else {
            let bias = weights.bias.map { " and a bias of shape \($0.shape)" } ?? ""
            throw BertError(
                .invalidShape,
                "layer norm over the last axis of \(shape) can't have a weight of shape \(weights.weight.shape)\(bias)")
        }
    }

    /// Checks the operands of a softmax.
    public static func softmax(_ x: Tensor, mask: Tensor?) throws {
        guard x.shape.count >= 1 else { throw BertError(.invalidShape, "softmax requires at least one axis") }
        if let mask, try broadcast(x.shape, mask.shape) != x.shape {
            throw BertError(
                .invalidShape, "a mask of shape \(mask.shape) can't be broadcast to scores of shape \(x.shape)")
        }
    }

    /// Checks the operands of an embedding layer.
    public static func embeddings(_ input: EmbeddingInput, _ tables: EmbeddingTables) throws {
        let features = tables.word.shape.lastLength
        let count: Int
        switch input.words {
        case .ids(let ids):
            try indices(ids)
            count = ids.shape[0]
        case .vectors(let vectors):
            guard vectors.shape.count == 2, vectors.shape[1] == features else {
                throw BertError(
                    .invalidShape,
                    "embeddings of shape \(vectors.shape) don't match a table of shape \(tables.word.shape)")
            }
            count = vectors.shape[0]
        }
        for table in [tables.word, tables.position, tables.tokenType].compactMap(\.self)
        where table.shape.count != 2 || table.shape[1] != features {
            throw BertError(
                .invalidShape,
                "an embedding table of shape \(table.shape) doesn't match one of shape \(tables.word.shape)")
        }
        for (what, table, index) in [
            ("positions", tables.position, input.positions), ("token types", tables.tokenType, input.tokenTypes),
        ] {
            guard (table == nil) == (index == nil) else {
                throw BertError(
                    .invalidArgument,
                    "\(what) and a table of \(what) go together; there is \(table == nil ? "no table" : "only a table")"
                )
            }
            guard let index else { continue }
            try indices(index)
            guard index.shape[0] == count else {
                throw BertError(.invalidShape, "\(index.shape[0]) \(what) for \(count) tokens")
            }
        }
        try layerNormWeights(tables.norm, features: features, of: [count, features])
    }

    /// Checks that a tensor is a one-dimensional int32 tensor of indices.
    public static func indices(_ tensor: Tensor) throws {
        guard tensor.shape.count == 1, tensor.elementType == .int32 else {
            throw BertError(
                .invalidShape, "indices must be int32 with one axis, not \(tensor.elementType) \(tensor.shape)")
        }
    }

    /// Checks the operands of a pooling.
    public static func pool(_ x: Tensor, sequences: PackedSequences) throws {
        guard x.shape.count == 2, x.shape[0] == sequences.totalLength else {
            throw BertError(
                .invalidShape,
                "a tensor of shape \(x.shape) can't be pooled: the sequences have \(sequences.totalLength) tokens in total"
            )
        }
        if let empty = (0..<sequences.count).first(where: { sequences[$0].isEmpty }) {
            throw BertError(.invalidArgument, "sequence \(empty) has no tokens to pool")
        }
    }

    /// Checks that a shape has an axis.
    public static func axis(_ axis: Int, of shape: Shape) throws {
        guard shape.indices.contains(axis) else {
            throw BertError(.invalidShape, "the shape \(shape) has no axis \(axis)")
        }
    }

    /// Checks a permutation and returns the shape of the result.
    public static func permute(_ shape: Shape, axes: [Int]) throws -> Shape {
        guard axes.sorted() == Array(0..<shape.count) else {
            throw BertError(.invalidShape, "\(axes) is not a permutation of the axes of \(shape)")
        }
        return Shape(axes.map { shape[$0] })
    }

    /// Checks a slice and returns the shape of the result.
    public static func slice(_ shape: Shape, axis: Int, range: Range<Int>) throws -> Shape {
        try self.axis(axis, of: shape)
        guard range.lowerBound >= 0, range.upperBound <= shape[axis] else {
            throw BertError(.invalidShape, "\(range) is out of range for axis \(axis) of \(shape)")
        }
        return shape.replacing(axis: axis, with: range.count)
    }

    /// Checks a concatenation and returns the shape of the result.
    public static func concatenate(_ parts: [Tensor], axis: Int) throws -> Shape {
        guard let first = parts.first else {
            throw BertError(.invalidArgument, "concatenate requires at least one tensor")
        }
        try self.axis(axis, of: first.shape)
        var length = 0
        for part in parts {
            guard part.elementType == first.elementType, part.shape.count == first.shape.count,
                part.shape.replacing(axis: axis, with: 0) == first.shape.replacing(axis: axis, with: 0)
            else {
                throw BertError(
                    .invalidShape,
                    """
                    \(part.elementType) \(part.shape) and \(first.elementType) \(first.shape) \
                    can't be concatenated along axis \(axis)
                    """)
            }
            length += part.shape[axis]
        }
        return try Shape(
            checking: first.shape.replacing(axis: axis, with: 0).enumerated().map { $0 == axis ? length : $1 })
    }
}

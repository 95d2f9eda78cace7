extension ShapeRules {
    /// Checks the operands of a linear layer's input gradient and returns the shape of the result.
    public static func linearInputGradient(_ gradient: Tensor, weight: Tensor) throws -> Shape {
        let (inputSize, outputSize) = try linearWeights(weight: weight, bias: nil)
        guard gradient.shape.count >= 1, gradient.shape.lastLength == outputSize else {
            throw BertError(
                .invalidShape,
                "the gradient of shape \(gradient.shape) doesn't match a linear layer with a weight of shape \(weight.shape)"
            )
        }
        return gradient.shape.replacing(axis: gradient.shape.count - 1, with: inputSize)
    }

    /// Checks the operands of a linear layer's weight gradient and returns the sizes of the product.
    public static func linearWeightGradient(
        _ x: Tensor, gradient: Tensor
    ) throws -> (rows: Int, inputSize: Int, outputSize: Int) {
        guard x.shape.count >= 1, gradient.shape.count == x.shape.count,
            x.shape.dropLast().elementsEqual(gradient.shape.dropLast())
        else {
            throw BertError(
                .invalidShape,
                "the input of shape \(x.shape) of a linear layer doesn't match a gradient of shape \(gradient.shape)")
        }
        return (x.shape.rowCount, x.shape.lastLength, gradient.shape.lastLength)
    }

    /// Checks the operands of an activation gradient.
    public static func activationGradient(_ activation: LinearActivation, input: Tensor, gradient: Tensor) throws {
        guard activation.isGated else { return try sameShape(gradient, input) }
        guard input.shape.count >= 1, input.shape.lastLength % 2 == 0,
            gradient.shape == input.shape.replacing(axis: input.shape.count - 1, with: input.shape.lastLength / 2)
        else {
            throw BertError(
                .invalidShape,
                """
                gates and values of shape \(input.shape) don't match a gradient of shape \(gradient.shape), which must be \
                half as wide
                """)
        }
    }

    /// Checks the operands of a layer normalization gradient.
    public static func layerNormGradient(
        _ x: Tensor, residual: Tensor?, _ weights: LayerNormWeights, gradient: Tensor
    ) throws {
        try layerNorm(x, residual: residual, weights)
        try sameShape(gradient, x)
    }

    /// Checks the operands of the gradient of a row-wise, shape-preserving function.
    public static func rowGradient(_ x: Tensor, gradient: Tensor) throws {
        try axis(x.shape.count - 1, of: x.shape)
        try sameShape(gradient, x)
    }

    /// Checks the operands of an attention gradient and returns its head sizes.
    public static func attentionGradient(
        _ input: AttentionInput, _ options: AttentionOptions, gradient: Tensor
    ) throws -> Attention {
        let sizes = try attention(input, options)
        let context: Shape = [options.sequences.totalLength, options.heads * sizes.valueSize]
        guard gradient.shape == context else {
            throw BertError(
                .invalidShape, "a gradient of shape \(gradient.shape) doesn't match a context of shape \(context)")
        }
        return sizes
    }

    private static func sameShape(_ gradient: Tensor, _ x: Tensor) throws {
        guard gradient.shape == x.shape else {
            throw BertError(
                .invalidShape, "a gradient of shape \(gradient.shape) doesn't match an input of shape \(x.shape)")
        }
    }
}

/// An argument of a call that can contain operands.
protocol CallArgument {
    /// The shapes for ``OperationCall/request``: those of the main operands, without masks, biases and options.
    var requestShapes: [Shape] { get }
    /// The element type of the operand; nil if the argument doesn't determine the type of the operation.
    var requestType: ElementType? { get }
    /// Returns the argument with its tensors and weights replaced.
    func mapped(
        _ tensor: (Tensor) throws -> Tensor, _ weights: (PreparedLinear) throws -> PreparedLinear
    ) rethrows -> Self
}

extension CallArgument {
    var requestShapes: [Shape] { [] }
    var requestType: ElementType? { nil }
}

extension OperationCall {
    /// The request for ``ComputeBackend/capability(of:)``: the operation with the shapes of its main operands in call
    /// order.
    ///
    /// Prepared weights have the shape `[out, in]`. Masks, biases, and tables other than the word table are omitted.
    public var request: OperationRequest {
        let operands = operands
        return OperationRequest(
            kind, shapes: operands.flatMap { $0.requestShapes },
            elementType: operands.lazy.compactMap { $0.requestType }.first ?? .float32)
    }
}

// MARK: Conformances

extension Tensor: CallArgument {
    var requestShapes: [Shape] { [shape] }
    var requestType: ElementType? { elementType }
    func mapped(
        _ tensor: (Tensor) throws -> Tensor, _ weights: (PreparedLinear) throws -> PreparedLinear
    ) rethrows -> Tensor { try tensor(self) }
}

/// Optional operands are added or multiplied in and don't take part in a request.
extension Optional: CallArgument where Wrapped == Tensor {
    func mapped(
        _ tensor: (Tensor) throws -> Tensor, _ weights: (PreparedLinear) throws -> PreparedLinear
    ) rethrows -> Tensor? { try map(tensor) }
}

extension Array: CallArgument where Element == Tensor {
    var requestShapes: [Shape] { map(\.shape) }
    var requestType: ElementType? { first?.elementType }
    func mapped(
        _ tensor: (Tensor) throws -> Tensor, _ weights: (PreparedLinear) throws -> PreparedLinear
    ) rethrows -> [Tensor] { try map(tensor) }
}

extension Shape: CallArgument {
    var requestShapes: [Shape] { [self] }
    func mapped(
        _ tensor: (Tensor) throws -> Tensor, _ weights: (PreparedLinear) throws -> PreparedLinear
    ) rethrows -> Shape { self }
}

extension ElementType: CallArgument {
    var requestType: ElementType? { self }
    func mapped(
        _ tensor: (Tensor) throws -> Tensor, _ weights: (PreparedLinear) throws -> PreparedLinear
    ) rethrows -> ElementType { self }
}

extension PreparedLinear: CallArgument {
    var requestShapes: [Shape] { [[outputSize, inputSize]] }
    func mapped(
        _ tensor: (Tensor) throws -> Tensor, _ weights: (PreparedLinear) throws -> PreparedLinear
    ) rethrows -> PreparedLinear { try weights(self) }
}

extension LayerNormWeights: CallArgument {
    func mapped(
        _ tensor: (Tensor) throws -> Tensor, _ weights: (PreparedLinear) throws -> PreparedLinear
    ) rethrows -> LayerNormWeights {
        LayerNormWeights(weight: try tensor(weight), bias: try bias.map(tensor), epsilon: epsilon)
    }
}

extension AttentionInput: CallArgument {
    var requestShapes: [Shape] {
        switch self {
        case .fused(let qkv): [qkv.shape]
        case .separate(let query, let key, let value): [query.shape, key.shape, value.shape]
        }
    }
    var requestType: ElementType? {
        switch self {
        case .fused(let tensor), .separate(let tensor, _, _): tensor.elementType
        }
    }
    func mapped(
        _ tensor: (Tensor) throws -> Tensor, _ weights: (PreparedLinear) throws -> PreparedLinear
    ) rethrows -> AttentionInput {
        switch self {
        case .fused(let qkv): .fused(try tensor(qkv))
        case .separate(let query, let key, let value):
            .separate(query: try tensor(query), key: try tensor(key), value: try tensor(value))
        }
    }
}

extension AttentionOptions: CallArgument {
    func mapped(
        _ tensor: (Tensor) throws -> Tensor, _ weights: (PreparedLinear) throws -> PreparedLinear
    ) rethrows -> AttentionOptions {
        func places(_ places: AttentionPlaces) throws -> AttentionPlaces {
            AttentionPlaces(queries: try tensor(places.queries), keys: try tensor(places.keys))
        }
        var options = self
        options.mask = try mask.map(tensor)
        options.headScale = try headScale.map(tensor)
        options.places = try self.places.map(places)
        options.distanceBias = try distanceBias.map(tensor)
        options.relative = try relative.map {
            RelativeAttention(
                keys: try $0.keys.map(tensor), queries: try $0.queries.map(tensor), rows: try tensor($0.rows))
        }
        options.rotation = try rotation.map {
            Rotation(
                cosines: try tensor($0.cosines), sines: try tensor($0.sines), positions: try $0.positions.map(places))
        }
        return options
    }
}

extension EmbeddingInput: CallArgument {
    var requestShapes: [Shape] {
        switch words {
        case .ids(let tensor), .vectors(let tensor): [tensor.shape]
        }
    }
    func mapped(
        _ tensor: (Tensor) throws -> Tensor, _ weights: (PreparedLinear) throws -> PreparedLinear
    ) rethrows -> EmbeddingInput {
        var input = self
        switch words {
        case .ids(let ids): input.words = .ids(try tensor(ids))
        case .vectors(let vectors): input.words = .vectors(try tensor(vectors))
        }
        input.positions = try positions.map(tensor)
        input.tokenTypes = try tokenTypes.map(tensor)
        return input
    }
}

extension AdamWState: CallArgument {
    var requestShapes: [Shape] { [parameter.shape] }
    var requestType: ElementType? { parameter.elementType }
    func mapped(
        _ tensor: (Tensor) throws -> Tensor, _ weights: (PreparedLinear) throws -> PreparedLinear
    ) rethrows -> AdamWState {
        AdamWState(
            parameter: try tensor(parameter), firstMoment: try tensor(firstMoment),
            secondMoment: try tensor(secondMoment))
    }
}

extension EmbeddingTables: CallArgument {
    var requestShapes: [Shape] { [word.shape] }
    var requestType: ElementType? { word.elementType }
    func mapped(
        _ tensor: (Tensor) throws -> Tensor, _ weights: (PreparedLinear) throws -> PreparedLinear
    ) rethrows -> EmbeddingTables {
        EmbeddingTables(
            word: try tensor(word), position: try position.map(tensor), tokenType: try tokenType.map(tensor),
            norm: try norm.mapped(tensor, weights))
    }
}

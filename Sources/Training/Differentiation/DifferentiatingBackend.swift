public import BertCore

/// A backend that records the operations on tracked tensors, and computes the gradients of results with respect to
/// these tensors. It implements reverse-mode differentiation for all models that use ``BertCore/ComputeBackend``.
///
/// Calls without tracked operands are forwarded to the base backend without overhead. Composite operations are
/// differentiated as a whole. The backward pass is computed by the base backend, so second derivatives aren't
/// supported.
///
/// ```swift
/// let backend = DifferentiatingBackend(base)
/// let weight = try backend.track(weights)
/// let y = try backend.matmul(x, weight, transposeA: false, transposeB: true, scale: 1)
/// let gradient = try backend.gradients(from: [(output: y, gradient: seed)], of: [weight])[0]
/// ```
///
/// An instance is used for a single step, because ``gradients(from:of:)`` consumes the recorded operations. It isn't
/// safe for concurrent use.
public final class DifferentiatingBackend: BackendDecorator {
    public let base: any ComputeBackend
    public let usesScope: Bool
    let tape = Tape()
    /// The backend that packs weights that aren't tracked.
    let packer: any ComputeBackend
    /// The nodes of another tape that are used on this one.
    let imports: Imports?

    /// Creates a backend that differentiates the operations of `base`.
    public convenience init(base: any ComputeBackend) { self.init(base: base, preparing: base) }

    /// - Parameters:
    ///   - packer: The backend that packs the weights of linear layers that aren't tracked: `base`, or the same backend
    ///     with another precision.
    ///   - outer: The tape whose tensors are leaves on this tape.
    init(base: any ComputeBackend, preparing packer: any ComputeBackend, outer: Int? = nil) {
        self.base = base
        self.packer = packer
        imports = outer.map { Imports(tape: $0) }
        usesScope = (base as? any BackendDecorator)?.usesScope == true
    }

    /// The information of the base backend.
    public var info: BackendInfo { base.info }
    /// False, because the operations on a tape have a single order.
    public var dividesBatches: Bool { false }

    /// The number of recorded calls and leaves.
    public var recordedNodes: Int { tape.count }

    /// Tracks a tensor as a leaf, so that its gradient can be computed.
    ///
    /// - Parameters:
    ///   - value: A float32 tensor of the base backend.
    ///   - paddingRow: The row of an embedding table that gets no gradient from lookups (`padding_idx` of
    ///     `torch.nn.Embedding`). Other uses of the table contribute to its gradient.
    /// - Returns: A tracked tensor with the same values.
    /// - Throws: ``BertError`` with code `unsupported` for another element type; `invalidArgument` for a tensor that is
    ///   already tracked.
    public func track(_ value: Tensor, paddingRow: Int? = nil) throws -> Tensor {
        guard value.elementType == .float32 else {
            throw BertError(.unsupported, "only float32 tensors can be tracked, not \(value.elementType)")
        }
        guard !(value.storage is TrackedStorage) else {
            throw BertError(.invalidArgument, "the tensor of shape \(value.shape) is already tracked")
        }
        let node = tape.append(Tape.Node(kind: nil, scope: nil, shape: value.shape, pullback: nil))
        return tracked(value, node, paddingRow: paddingRow)
    }

    /// Computes the gradients of Σ output · gradient with respect to tracked tensors, and clears the tape.
    ///
    /// - Parameters:
    ///   - seeds: Results of this backend, each with the gradient of the loss with respect to it, in the same shape.
    ///     Results that aren't tracked have no effect.
    ///   - parameters: Tensors returned by ``track(_:paddingRow:)``.
    /// - Returns: The gradient of each parameter in the parameter's shape, or nil if no seed depends on it.
    /// - Throws: ``BertError`` with code `invalidShape` for a gradient with another shape; `invalidArgument` for a
    ///   parameter that isn't tracked, or whose recording has been consumed; errors of the base backend.
    public func gradients(
        from seeds: [(output: Tensor, gradient: Tensor)], of parameters: [Tensor]
    ) throws -> [Tensor?] {
        let outputs = try seeds.map { seed in
            guard seed.output.shape == seed.gradient.shape else {
                throw BertError(
                    .invalidShape,
                    "the gradient of an output of shape \(seed.output.shape) has the wrong shape \(seed.gradient.shape)"
                )
            }
            return (try parent(seed.output), seed.gradient)
        }
        let wanted = try parameters.map { parameter in
            guard let parent = try parent(parameter) else {
                throw BertError(
                    .invalidArgument, "the tensor of shape \(parameter.shape) isn't tracked, so it has no gradient")
            }
            return parent
        }
        let found = try backward(outputs, leaves: Set(wanted.map(\.node)))
        return try wanted.map { try found[$0.node]?.reshaped(to: $0.shape) }
    }

    /// Runs the backward pass, and clears the tape.
    ///
    /// - Returns: The gradients of the reached `leaves`, by node.
    func backward(_ outputs: [(parent: Parent?, gradient: Tensor)], leaves: Set<Int>) throws -> [Int: Tensor] {
        var (first, nodes) = tape.take()
        let gradients = Gradients(first: first, count: nodes.count, on: base)
        for (parent, gradient) in outputs { try gradients.add(to: parent, value(gradient)) }
        var found: [Int: Tensor] = [:]
        while let node = nodes.popLast() {
            guard let gradient = try gradients.take(nodes.count, shape: node.shape) else { continue }
            if leaves.contains(first + nodes.count) { found[first + nodes.count] = gradient }
            guard let pullback = node.pullback else { continue }
            if let scope = node.scope {
                try OperationScope.with("gradient of \(scope)", on: base) { try pullback(gradient, gradients) }
            } else {
                try pullback(gradient, gradients)
            }
        }
        return found
    }

    public func perform(_ call: OperationCall) throws -> OperationResult {
        switch call {
        case .prepareLinear(let weight, let bias), .prepareLinearForStep(let weight, let bias):
            return .weights(try prepared(weight: weight, bias: bias))
        case .linear(let x, let weights, let activation, let residual):
            return .tensor(try recordedLinear(x, weights, activation, residual))
        default: break
        }
        var isTracked = false
        let plain = try call.mapOperands { tensor in
            if try parent(tensor) != nil { isTracked = true }
            return try value(tensor)
        } weights: {
            $0
        }
        guard isTracked else { return try plain(on: base) }
        return try recorded(call, plain)
    }
}

// MARK: Recording

extension DifferentiatingBackend {
    /// Returns the values of a tensor, which may be tracked.
    func value(_ tensor: Tensor) throws -> Tensor {
        guard let storage = tensor.storage as? TrackedStorage else { return tensor }
        return try storage.value.reshaped(to: tensor.shape)
    }

    /// Returns the node of a tensor on the tape, or nil if the tensor isn't tracked.
    ///
    /// - Throws: ``BertError`` with code `foreignTensor` for a tensor of another tape; `invalidArgument` for a consumed
    ///   one.
    func parent(_ tensor: Tensor) throws -> Parent? {
        guard let storage = tensor.storage as? TrackedStorage else { return nil }
        let paddingRow = tensor.shape == storage.value.shape ? storage.paddingRow : nil
        if let imports, storage.tape == imports.tape {
            let node = imports.leaf(storage.node, storage.value.shape, on: tape)
            return Parent(node: node, shape: tensor.shape, paddingRow: paddingRow)
        }
        guard storage.tape == tape.id else { throw foreign(tensor.shape) }
        guard tape.holds(storage.node) else {
            throw consumed(tensor.shape)
        }
        return Parent(
            node: storage.node, shape: tensor.shape, paddingRow: paddingRow)
    }

    func consumed(_ shape: Shape) -> BertError {
        BertError(
            .invalidArgument,
            """
            a tensor of shape \(shape) was recorded on a tape that has already been consumed; run the model \
            again
            """)
    }

    func foreign(_ shape: Shape) -> BertError {
        BertError(
            .foreignTensor,
            "a tensor of shape \(shape) is tracked by another step; track its values again")
    }

    /// Records a result and the rule for its gradient.
    func record(_ kind: OperationKind?, _ value: Tensor, _ pullback: @escaping Tape.Pullback) -> Tensor {
        let node = tape.append(
            Tape.Node(
                kind: kind, scope: usesScope ? OperationScope.current : nil, shape: value.shape, pullback: pullback))
        return tracked(value, node, paddingRow: nil)
    }

    private func tracked(_ value: Tensor, _ node: Int, paddingRow: Int?) -> Tensor {
        Tensor(
            shape: value.shape, elementType: value.elementType,
            storage: TrackedStorage(
                tape: tape.id, node: node, value: value, paddingRow: paddingRow))
    }
}

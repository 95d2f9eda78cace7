public import BertCore

/// A backend in host memory that multiplies matrices in its own way and leaves what lies between products to ``HostKernels``.
///
/// An author implements ``BertCore/ComputeBackend/matmul(_:_:transposeA:transposeB:scale:)``, and overrides linear layers
/// if the library has weights of its own kind. The delegate moves elements: slices, permutations, casts.
public protocol HostKernelBackend: DelegatingBackend {
    /// The kernels that work for it.
    var kernels: HostKernels { get }
}

extension HostKernelBackend {
    /// The threads of its kernels.
    public var workerPool: WorkerPool? { kernels.workers }

    /// All but what only moves elements or turns them into another type.
    public var nativeOperations: Set<OperationKind> {
        HostKernels.operations.union([
            .upload, .download, .matmul, .prepareLinear, .linear, .attention, .linearInputGradient,
            .linearWeightGradient, .prepareLinearForStep, .attentionGradient,
        ])
    }

    /// Native, but for what moves elements, and for attention whose values are of another width than its keys.
    public func capability(of request: OperationRequest) -> Capability {
        if let refusal = request.refusal(inFloat32By: info.name) { return refusal }
        // Queries, keys and values.
        if request.kind == .attention, request.shapes.count == 3,
            request.shapes[1].lastLength != request.shapes[2].lastLength
        {
            return .delegated(
                to: delegate.info.name, why: "\(info.name) has no kernel for values of another width than keys")
        }
        if nativeOperations.contains(request.kind) { return .native }
        switch delegate.capability(of: request) {
        case .native: return .delegated(to: delegate.info.name, why: "\(info.name) has no kernel of its own")
        case let other: return other
        }
    }

    /// The float32 elements of an operand.
    public func view(_ tensor: Tensor) throws -> HostView { try HostView(tensor, for: info.name) }

    /// Checks that 32 bits hold the sums of an int8 layer's products, of up to 255 and 127.
    ///
    /// - Throws: ``BertError`` with code `unsupported`.
    package func checkIntegerSums(of weight: Shape, inputSize: Int) throws {
        let most = Int(Int32.max) / (255 * 127)
        guard info.precision != .int8 || inputSize <= most else {
            throw BertError(
                .unsupported,
                """
                int8 weights \(weight): \(info.name) sums at most \(most) products; take another precision, or the \
                reference
                """)
        }
    }

    public func upload(_ buffer: HostBuffer, shape: Shape, elementType: ElementType) throws -> Tensor {
        try kernels.memory.upload(buffer, shape: shape, elementType: elementType)
    }
    public func download(_ tensor: Tensor, into destination: UnsafeMutableRawBufferPointer) throws {
        try HostMemory.download(tensor, into: destination, for: info.name)
    }
    /// Floating-point types by kernels, others by the delegate.
    public func cast(_ a: Tensor, to elementType: ElementType) throws -> Tensor {
        try kernels.cast(a, to: elementType) ?? delegate.cast(a, to: elementType)
    }
    /// By a kernel for each head; in primitives where scores depend on distances, or values are of another width than keys.
    public func attentionGradient(
        _ input: AttentionInput, _ options: AttentionOptions, gradient: Tensor
    ) throws -> AttentionGradient {
        try kernels.attentionGradient(input, options, gradient: gradient)
            ?? composedAttentionGradient(input, options, gradient: gradient)
    }
    /// Attention, by a kernel for each head; by the delegate where there is none.
    public func attention(_ input: AttentionInput, _ options: AttentionOptions) throws -> AttentionOutput {
        try kernels.attention(input, options) ?? delegate.attention(input, options)
    }
}

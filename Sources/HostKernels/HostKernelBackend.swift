public import BertCore

/// A host memory backend with its own matrix products that uses ``HostKernels`` for all other operations.
///
/// Implement ``BertCore/ComputeBackend/matmul(_:_:transposeA:transposeB:scale:)``, and override linear layers if the
/// library has its own weight format. The delegate performs operations that move elements: slices, permutations and
/// casts.
public protocol HostKernelBackend: DelegatingBackend {
    /// The kernels that the backend uses.
    var kernels: HostKernels { get }
}

extension HostKernelBackend {
    /// The thread pool of the kernels.
    public var workerPool: WorkerPool? { kernels.workers }

    /// All operations except those that only move or convert elements.
    public var nativeOperations: Set<OperationKind> {
        HostKernels.operations.union([
            .upload, .download, .matmul, .prepareLinear, .linear, .attention, .linearInputGradient,
            .linearWeightGradient, .prepareLinearForStep, .attentionGradient,
        ])
    }

    /// Returns `native` except for operations that move elements, and for attention in which values and keys have
    /// different widths.
    public func capability(of request: OperationRequest) -> Capability {
        if let refusal = request.refusal(inFloat32By: info.name) { return refusal }
        // Queries, keys and values.
        if request.kind == .attention, request.shapes.count == 3,
            request.shapes[1].lastLength != request.shapes[2].lastLength
        {
            return .delegated(
                to: delegate.info.name, why: "\(info.name) has no kernel for values and keys of different widths")
        }
        if nativeOperations.contains(request.kind) { return .native }
        switch delegate.capability(of: request) {
        case .native: return .delegated(to: delegate.info.name, why: "\(info.name) has no native kernel")
        case let other: return other
        }
    }

    /// Returns the float32 elements of an operand.
    public func view(_ tensor: Tensor) throws -> HostView { try HostView(tensor, for: info.name) }

    /// Checks that the sums of products in an int8 layer, with factors up to 255 and 127, fit 32 bits.
    ///
    /// - Throws: ``BertError`` with code `unsupported`.
    package func checkIntegerSums(of weight: Shape, inputSize: Int) throws {
        let most = Int(Int32.max) / (255 * 127)
        guard info.precision != .int8 || inputSize <= most else {
            throw BertError(
                .unsupported,
                """
                int8 weights \(weight): \(info.name) sums at most \(most) products; use another precision or the \
                reference
                """, value: .int(inputSize), limit: .int(most))
        }
    }

    public func upload(_ buffer: HostBuffer, shape: Shape, elementType: ElementType) throws -> Tensor {
        try kernels.memory.upload(buffer, shape: shape, elementType: elementType)
    }
    public func download(_ tensor: Tensor, into destination: UnsafeMutableRawBufferPointer) throws {
        try HostMemory.download(tensor, into: destination, for: info.name)
    }
    /// Uses kernels for floating-point types, and the delegate for other types.
    public func cast(_ a: Tensor, to elementType: ElementType) throws -> Tensor {
        try kernels.cast(a, to: elementType) ?? delegate.cast(a, to: elementType)
    }
    /// Uses one kernel call per head, or primitives if scores depend on distances or values and keys have different
    /// widths.
    public func attentionGradient(
        _ input: AttentionInput, _ options: AttentionOptions, gradient: Tensor
    ) throws -> AttentionGradient {
        try kernels.attentionGradient(input, options, gradient: gradient)
            ?? composedAttentionGradient(input, options, gradient: gradient)
    }
    /// Uses one kernel call per head, or the delegate if there is no kernel.
    public func attention(_ input: AttentionInput, _ options: AttentionOptions) throws -> AttentionOutput {
        try kernels.attention(input, options) ?? delegate.attention(input, options)
    }
}

public import BertCore
import BertHostKernels
import Synchronization

/// The prepared weights of a linear layer.
private final class PreparedWeights: Sendable {
    enum Form: Sendable {
        case packed(PackedPanels)
        /// `[out, in]` in float32 or bfloat16, not copied.
        case plain(Tensor, Precision)
    }
    let form: Form
    /// `[out]`.
    let bias: Tensor?

    init(_ form: Form, bias: Tensor?) {
        self.form = form
        self.bias = bias
    }

    /// The maximum number of outputs of a float32 layer whose weights are copied. An output layer over a vocabulary is
    /// used only once per forward pass, and usually shares its weights with the word embeddings.
    static let copiedOutputs = 8_192
}

extension SIMDBackend: PackingBackend {
    /// The panels of the kernels.
    public var packedForm: PackedForm {
        PackedForm(
            backend: info.name, instructionSet: info.instructionSet ?? "", precision: info.precision,
            version: PackedPanels.layoutVersion)
    }

    public func packed(_ weights: PreparedLinear) throws -> PackedLinear? {
        let prepared = try weights.payload(as: PreparedWeights.self, for: info.name)
        guard case .packed(let panels) = prepared.form else { return nil }
        var parts = panels.packed
        if let bias = prepared.bias {
            let view = try view(bias)
            parts["bias"] = PackedPanels.copy(view.floats, 4 * view.count)
        }
        return PackedLinear(parts)
    }

    public func prepareLinear(_ packed: PackedLinear, inputSize: Int, outputSize: Int) throws -> PreparedLinear {
        let panels = try PackedPanels(
            packed, inputSize: inputSize, outputSize: outputSize, precision: info.precision, by: kernels)
        var bias: Tensor?
        if packed.parts["bias"] != nil {
            let size = 4 * outputSize
            bias = try upload(
                packed.part("bias", byteCount: size)[0..<size], shape: [outputSize], elementType: .float32)
        }
        return PreparedLinear(
            backend: info.name, inputSize: inputSize, outputSize: outputSize,
            payload: PreparedWeights(.packed(panels), bias: bias))
    }
}

extension SIMDBackend {
    public func prepareLinear(weight: Tensor, bias: Tensor?) throws -> PreparedLinear {
        let (inputSize, outputSize) = try ShapeRules.linearWeights(weight: weight, bias: bias)
        try checkIntegerSums(of: weight.shape, inputSize: inputSize)
        let weights = try view(weight)
        if let bias { _ = try view(bias) }
        let form: PreparedWeights.Form
        if weights.count == 0 || (info.precision == .float32 && outputSize > PreparedWeights.copiedOutputs) {
            form = .plain(weight, .float32)
        } else {
            form = .packed(
                try PackedPanels(
                    weights.floats, inputSize: inputSize, outputSize: outputSize, precision: info.precision,
                    by: kernels))
        }
        return PreparedLinear(
            backend: info.name, inputSize: inputSize, outputSize: outputSize,
            payload: PreparedWeights(form, bias: bias))
    }

    public func prepareLinearForStep(weight: Tensor, bias: Tensor?) throws -> PreparedLinear {
        guard info.precision != .int8 else { return try prepareLinear(weight: weight, bias: bias) }
        let (inputSize, outputSize) = try ShapeRules.linearWeights(weight: weight, bias: bias)
        _ = try (view(weight), bias.map(view))
        let precision = weight.shape.elementCount == 0 ? .float32 : info.precision
        return PreparedLinear(
            backend: info.name, inputSize: inputSize, outputSize: outputSize,
            payload: PreparedWeights(.plain(weight, precision), bias: bias))
    }

    public func linear(
        _ x: Tensor, _ weights: PreparedLinear, activation: LinearActivation?, residual: Tensor?
    ) throws -> Tensor {
        let shape = try ShapeRules.linear(x, weights, activation: activation, residual: residual)
        if case .gated(let function) = activation {
            return try gatedLinear(x, weights, function, residual: residual)
        }
        let prepared = try weights.payload(as: PreparedWeights.self, for: info.name)
        let source = try view(x).floats
        let (bias, added) = (try prepared.bias.map(view)?.floats, try residual.map(view)?.floats)
        let matrix: KernelProduct.Weights
        var precision = Precision.float32
        switch prepared.form {
        case .packed(let panels): matrix = .packed(panels)
        case .plain(let tensor, let own):
            matrix = .plain(start: try view(tensor).floats, step: 1, stride: weights.inputSize)
            precision = own
        }
        return try kernels.memory.floats(shape) { output in
            let product = KernelProduct(
                rows: x.shape.rowCount, inner: weights.inputSize, columns: weights.outputSize, x: source,
                weights: matrix, precision: precision, bias: bias, activation: activation?.function, residual: added,
                y: output,
                by: kernels)
            let division = product.division(threads: kernels.workers.threads)
            try run(division.count, "linear \(x.shape) -> \(shape)") {
                product.compute(division[$0], scratch: scratch)
            }
            withExtendedLifetime(prepared) {}
        }
    }

    /// Calls `task` with each of `0..<count` on the worker threads.
    ///
    /// - Throws: ``BertError`` with code `outOfMemory` if a task returns false. `what` is the name of the operation.
    func run(_ count: Int, _ what: @autoclosure () -> String, _ task: (Int) -> Bool) throws {
        let failed = Atomic<Bool>(false)
        func attempt(_ index: Int) {
            if !task(index) { failed.store(true, ordering: .relaxed) }
        }
        if count == 1 { attempt(0) } else { kernels.workers.forEach(count, attempt) }
        if failed.load(ordering: .relaxed) {
            throw BertError(.outOfMemory, "\(info.name): not enough memory for \(what())")
        }
    }
}

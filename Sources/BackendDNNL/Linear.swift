public import BertCore
import BertHostKernels
import Synchronization

extension DNNLBackend {
    public func prepareLinear(weight: Tensor, bias: Tensor?) throws -> PreparedLinear {
        let (inputSize, outputSize) = try ShapeRules.linearWeights(weight: weight, bias: bias)
        try checkIntegerSums(of: weight.shape, inputSize: inputSize)
        let weights = try view(weight)
        if let bias { _ = try view(bias) }
        let form: PreparedWeights.Form
        if weights.count == 0 {
            form = .delegated(try delegate.prepareLinear(weight: weight, bias: bias))
        } else {
            let layout = try layouts.layout(
                widensBFloat16 ? .float32 : info.precision, inputSize: inputSize, outputSize: outputSize)
            if layout.isPlain, info.precision == .float32 {
                form = .plain(weight)
            } else {
                form = .packed(
                    try PackedWeights(
                        weights.floats, inputSize: inputSize, outputSize: outputSize, layout: layout,
                        isRounded: widensBFloat16, kernels: kernels))
            }
        }
        return PreparedLinear(
            backend: info.name, inputSize: inputSize, outputSize: outputSize,
            payload: PreparedWeights(form, bias: bias))
    }

    public func prepareLinearForStep(weight: Tensor, bias: Tensor?) throws -> PreparedLinear {
        guard info.precision == .float32 || trainsWithKernels, weight.shape.elementCount > 0 else {
            return try prepareLinear(weight: weight, bias: bias)
        }
        let (inputSize, outputSize) = try ShapeRules.linearWeights(weight: weight, bias: bias)
        _ = try (view(weight), bias.map(view))
        return PreparedLinear(
            backend: info.name, inputSize: inputSize, outputSize: outputSize,
            payload: PreparedWeights(trainsWithKernels ? .trained(weight) : .plain(weight), bias: bias))
    }

    public func linear(
        _ x: Tensor, _ weights: PreparedLinear, activation: LinearActivation?, residual: Tensor?
    ) throws -> Tensor {
        let shape = try ShapeRules.linear(x, weights, activation: activation, residual: residual)
        if case .gated(let function) = activation {
            return try gatedLinear(x, weights, function, residual: residual)
        }
        let prepared = try weights.payload(as: PreparedWeights.self, for: info.name)
        if case .trained(let weight) = prepared.form {
            return try kernels.linear(
                x, weight: weight, bias: prepared.bias, activation: activation?.function, residual: residual,
                in: .bfloat16, scratch: scratch)
        }
        let source = try view(x)
        let added = try residual.map(view)
        let bias = try prepared.bias.map(view)
        let matrix: LinearTasks.Weights
        switch prepared.form {
        case .delegated(let other):
            return try delegate.linear(x, other, activation: activation, residual: residual)
        case .trained(let tensor), .plain(let tensor): matrix = .plain(try view(tensor).floats)
        case .packed(let packed): matrix = .packed(packed)
        }
        return try memory.floats(shape) { output in
            guard shape.elementCount > 0 else { return }
            let division = Division(
                rows: x.shape.rowCount, inner: weights.inputSize, columns: weights.outputSize,
                panel: matrix.layout?.panelColumns ?? 16, threads: workers.threads)
            let tasks = try LinearTasks(
                division: division, inputSize: weights.inputSize, outputSize: weights.outputSize,
                activation: activation?.function, source: source.floats, weights: matrix, bias: bias?.floats,
                residual: added?.floats, output: output, products: products, scratch: scratch,
                kernels: kernels)
            try run(division.count, "linear \(x.shape) -> \(shape)") { tasks.run($0) }
            withExtendedLifetime(prepared) {}
        }
    }

    /// Calls `task` in parallel for each of `0..<count`.
    ///
    /// - Throws: ``BertError`` for a failed call. `what` describes the operation.
    func run(_ count: Int, _ what: @autoclosure () -> String, _ task: (Int) -> Int32) throws {
        if count == 1 {
            let status = task(0)
            if status != 0 { throw failure(status, what()) }
            return
        }
        let failed = Atomic<Int32>(0)
        workers.forEach(count) { index in
            let status = task(index)
            if status != 0 { failed.store(status, ordering: .relaxed) }
        }
        let status = failed.load(ordering: .relaxed)
        if status != 0 { throw failure(status, what()) }
    }
}

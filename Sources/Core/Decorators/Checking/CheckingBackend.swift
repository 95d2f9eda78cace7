/// A decorator that runs each operation on two backends and throws an error at the first difference.
///
/// Operands are copied from the first backend to the second for each operation, and results of the first backend are
/// returned. So an error is reported by the operation that causes it. Weights are prepared by both backends.
///
/// Numbers may differ by twice the tolerance of ``Tolerance/of(_:elementType:depth:)``, because both results are
/// rounded, scaled by the largest magnitude if that is above 1. NaN must match NaN, and infinities must match exactly.
/// Results of different shapes, and errors thrown by only one of the backends, are divergences.
public final class CheckingBackend: BackendDecorator {
    public let base: any ComputeBackend
    public let info: BackendInfo
    /// The backend whose results are considered correct.
    public let judge: any ComputeBackend
    /// The backend that operands and results are downloaded from, without tracing.
    private let source: any ComputeBackend

    /// Creates a backend that computes with `base` and compares with `judge`.
    public init(_ base: any ComputeBackend, against judge: any ComputeBackend) {
        self.base = base
        self.judge = judge
        source = (base as? TracingBackend)?.base ?? base
        var info = base.info
        info.details["checked against"] = judge.info.nameAndVersion
        self.info = info
    }

    /// Performs the call on both backends. Downloads are performed on the first only.
    ///
    /// - Throws: ``BertError`` with code `divergence` whose cause is a ``Divergence``, or an error that both backends
    ///   throw.
    public func perform(_ call: OperationCall) throws -> OperationResult {
        if case .download = call { return try call(on: base) }
        let own = try call.mapOperands({ $0 }, weights: { try checked($0).own })
        // Copy operands before the first backend computes, so that it can't change them.
        let carried = Result { try call.mapOperands(carry, weights: { try checked($0).judged }) }
        let got = Result { try own(on: base) }
        let want = Result { try carried.get()(on: judge) }
        switch (got, want) {
        case (.success(.weights(let got)), .success(.weights(let want))):
            return .weights(try joined(got, want, call))
        case (.success(let got), .success(let want)):
            try compare(got, want, call)
            return got
        case (.failure(let error), .failure):
            throw error
        case (.failure(let error), .success):
            throw divergence(call, "\(info.name) throws an error, but \(judge.info.name) doesn't: \(error)")
        case (.success, .failure(let error)):
            throw divergence(call, "\(judge.info.name) throws an error, but \(info.name) doesn't: \(error)")
        }
    }

    /// Returns a copy of the tensor in the other backend's memory.
    private func carry(_ tensor: Tensor) throws -> Tensor {
        try judge.upload(bytes(of: tensor, in: source), shape: tensor.shape, elementType: tensor.elementType)
    }

    private func bytes(of tensor: Tensor, in backend: any ComputeBackend) throws -> HostBuffer {
        try unsafe HostBuffer(count: tensor.shape.elementCount * tensor.elementType.size) {
            try unsafe backend.download(tensor, into: $0)
        }
    }

    // MARK: Weights

    /// The weights of a linear layer, prepared by both backends.
    private final class CheckedLinear: Sendable {
        let own: PreparedLinear
        let judged: PreparedLinear

        init(own: PreparedLinear, judged: PreparedLinear) {
            self.own = own
            self.judged = judged
        }
    }

    private func joined(_ got: PreparedLinear, _ want: PreparedLinear, _ call: OperationCall) throws -> PreparedLinear {
        guard (got.inputSize, got.outputSize) == (want.inputSize, want.outputSize) else {
            throw divergence(
                call,
                "\(got.inputSize) features in and \(got.outputSize) out, not \(want.inputSize) and \(want.outputSize)")
        }
        return PreparedLinear(
            backend: info.name, inputSize: got.inputSize, outputSize: got.outputSize,
            payload: CheckedLinear(own: got, judged: want))
    }

    private func checked(_ weights: PreparedLinear) throws -> CheckedLinear {
        guard weights.backend == info.name, let both = weights.payload as? CheckedLinear else {
            throw BertError(
                .foreignTensor,
                """
                linear weights that "\(weights.backend)" prepared without a check can't be checked against \
                "\(judge.info.name)"; prepare them with the checking backend
                """)
        }
        return both
    }

    // MARK: Comparing

    private func compare(_ got: OperationResult, _ want: OperationResult, _ call: OperationCall) throws {
        if case .number(let got) = got, case .number(let want) = want, got != want, !(got.isNaN && want.isNaN) {
            throw divergence(call, "\(got) instead of \(want)")
        }
        let (own, judged) = (got.tensors, want.tensors)
        for (name, tensor) in own {
            guard let other = judged.first(where: { $0.name == name })?.tensor else {
                throw divergence(call, "\(judge.info.name) returned no \(name.isEmpty ? "tensor" : name)")
            }
            try compare(tensor, other, call, name.isEmpty ? "" : "\(name), ")
        }
        if let missing = judged.first(where: { part in !own.contains { $0.name == part.name } }) {
            throw divergence(call, "\(info.name) returned no \(missing.name.isEmpty ? "tensor" : missing.name)")
        }
    }

    private func compare(_ got: Tensor, _ want: Tensor, _ call: OperationCall, _ what: String = "") throws {
        guard got.shape == want.shape, got.elementType == want.elementType else {
            throw divergence(
                call, "\(what)\(got.elementType) \(got.shape) instead of \(want.elementType) \(want.shape)")
        }
        let results = ElementPairs(
            got: try bytes(of: got, in: source), want: try bytes(of: want, in: judge), elementType: got.elementType)
        if results.areSame { return }
        let mismatches = results.mismatches(Divergence.shownMismatches, tolerance: try tolerance(call, results))
        guard mismatches.total > 0 else { return }
        throw divergence(
            call, "\(what)\(mismatches.total) of \(got.shape.elementCount) elements of \(got.shape) differ",
            mismatches.first.map { $0.placed(in: got.shape) })
    }

    /// Returns the tolerance for two rounded results.
    private func tolerance(_ call: OperationCall, _ results: ElementPairs) throws -> Tolerance {
        let table = Tolerance.of(call.kind, elementType: call.computingType, depth: call.depth)
        var size = max(1, results.largestMagnitude)
        // If terms cancel, the rounding errors of the summands remain.
        if let summed = call.summedOperand {
            let bytes = try bytes(of: summed, in: source)
            size = max(size, ElementPairs(got: bytes, want: bytes, elementType: summed.elementType).largestMagnitude)
        }
        return Tolerance(absolute: 2 * table.absolute * size, relative: 2 * table.relative)
    }

    private func divergence(
        _ call: OperationCall, _ what: String, _ mismatches: [Divergence.Mismatch] = []
    ) -> BertError {
        BertError(
            .divergence, "\(info.nameAndVersion) differs from \(judge.info.nameAndVersion)",
            cause: Divergence(
                request: call.request, scope: OperationScope.current, backend: info.name, judge: judge.info.name,
                what: what, mismatches: mismatches))
    }
}

extension OperationCall {
    /// The type that results are rounded to.
    fileprivate var computingType: ElementType {
        let type = request.elementType
        return type.isFloatingPoint ? type : .float32
    }

    /// The operand whose elements are summed, if the operation computes a sum.
    fileprivate var summedOperand: Tensor? {
        switch self {
        case .matmul(let x, _, _, _, _), .linear(let x, _, _, _), .reduce(.sum, let x, _),
            .scatterAddRows(let x, _, _), .layerNorm(let x, _, _), .pool(let x, _, _), .linearInputGradient(let x, _),
            .linearWeightGradient(_, let x, _), .layerNormGradient(_, _, _, let x), .softmaxGradient(_, let x, _),
            .attentionGradient(_, _, let x), .crossEntropy(let x, _, _):
            x.elementType.isFloatingPoint ? x : nil
        default: nil
        }
    }
}

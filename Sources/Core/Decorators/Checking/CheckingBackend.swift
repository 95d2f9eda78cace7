/// Has each operation done by two backends and throws at the first one in which they differ.
///
/// The operands go from the first backend's memory to the other's for each operation, and what the first computes is what
/// the caller gets: an error is found where it arises and not where it shows. Weights are prepared by both.
///
/// Numbers may differ by what ``Tolerance/of(_:elementType:depth:)`` allows, twice over as both are rounded, in proportion
/// to the largest number where that is above 1. A NaN wants a NaN, an infinity the same one. A result of another shape is
/// a divergence, and so is an error that only one of the backends throws.
public final class CheckingBackend: BackendDecorator {
    public let base: any ComputeBackend
    public let info: BackendInfo
    /// The backend that is taken to be right.
    public let judge: any ComputeBackend
    /// What operands and results are downloaded from: a trace is not to see that.
    private let source: any ComputeBackend

    /// Computes with `base` and compares with `judge`.
    public init(_ base: any ComputeBackend, against judge: any ComputeBackend) {
        self.base = base
        self.judge = judge
        source = (base as? TracingBackend)?.base ?? base
        var info = base.info
        info.details["checked against"] = judge.info.nameAndVersion
        self.info = info
    }

    /// Makes the call on both backends; a download, which is what comparing is made of, only on the first.
    ///
    /// - Throws: ``BertError`` with code `divergence`, whose cause is a ``Divergence``; what both backends throw.
    public func perform(_ call: OperationCall) throws -> OperationResult {
        if case .download = call { return try call(on: base) }
        let own = try call.mapOperands({ $0 }, weights: { try checked($0).own })
        // Before the first backend computes, which can't change the other's operands then.
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
            throw divergence(call, "\(info.name) throws where \(judge.info.name) does not: \(error)")
        case (.success, .failure(let error)):
            throw divergence(call, "\(judge.info.name) throws where \(info.name) does not: \(error)")
        }
    }

    /// The same tensor in the other backend's memory.
    private func carry(_ tensor: Tensor) throws -> Tensor {
        try judge.upload(bytes(of: tensor, in: source), shape: tensor.shape, elementType: tensor.elementType)
    }

    private func bytes(of tensor: Tensor, in backend: any ComputeBackend) throws -> HostBuffer {
        try HostBuffer(count: tensor.shape.elementCount * tensor.elementType.size) {
            try backend.download(tensor, into: $0)
        }
    }

    // MARK: Weights

    /// What both backends made of the weights of a linear layer.
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
                "\(judge.info.name)"; prepare them with the backend that checks
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
                throw divergence(call, "\(judge.info.name) gives no \(name.isEmpty ? "tensor" : name)")
            }
            try compare(tensor, other, call, name.isEmpty ? "" : "\(name), ")
        }
        if let missing = judged.first(where: { part in !own.contains { $0.name == part.name } }) {
            throw divergence(call, "\(info.name) gives no \(missing.name.isEmpty ? "tensor" : missing.name)")
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

    /// What the table of tolerances allows, for two results that are both rounded.
    private func tolerance(_ call: OperationCall, _ results: ElementPairs) throws -> Tolerance {
        let table = Tolerance.of(call.kind, elementType: call.computingType, depth: call.depth)
        var size = max(1, results.largestMagnitude)
        // Terms that cancel leave the rounding errors of what they were.
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
            .divergence, "\(info.nameAndVersion) does not compute what \(judge.info.nameAndVersion) does",
            cause: Divergence(
                request: call.request, scope: OperationScope.current, backend: info.name, judge: judge.info.name,
                what: what, mismatches: mismatches))
    }
}

extension OperationCall {
    /// What results are rounded to.
    fileprivate var computingType: ElementType {
        let type = request.elementType
        return type.isFloatingPoint ? type : .float32
    }

    /// The operand whose elements are added up, for operations that do so.
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

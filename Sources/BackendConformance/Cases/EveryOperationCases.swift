import BertCore
import Synchronization

/// Cases that apply to all operations.
enum EveryOperationCases {
    static let all: [CaseTemplate] = SampleCall.all.flatMap {
        [repeated($0), concurrent($0), foreign($0), released($0), refusedType($0)] + precisions($0)
    }

    /// Repeated calls give the same bits, regardless of other calls in between.
    private static func repeated(_ sample: SampleCall) -> CaseTemplate {
        CaseTemplate(sample.operation, .repeated, sample.name, sample.shapes) { trial in
            let operands = try sample.tensors(trial)
            let first = try sample.call(trial.backend, operands)
            for turn in 1...3 {
                // Another call in between, with a different size and operands.
                let x = try trial.tensor(trial.numbers.whole([3, turn * 50]))
                _ = try trial.backend.matmul(x, x, transposeA: false, transposeB: true, scale: 1)
                let again = try sample.call(trial.backend, operands)
                for (index, (a, b)) in zip(again, first).enumerated() {
                    try trial.expectSameBits(a, b, "call \(turn + 1), result \(index)")
                }
            }
        }
    }

    /// Concurrent calls on four threads with shared operands and weights give the same results as a single call.
    private static func concurrent(_ sample: SampleCall) -> CaseTemplate {
        CaseTemplate(sample.operation, .concurrent, sample.name, sample.shapes) { trial in
            let operands = try sample.tensors(trial)
            let alone = try sample.call(trial.backend, operands).map { try trial.values($0) }
            let backend = trial.backend
            let outcomes = Mutex<[Result<[Tensor], any Error>]>([])
            for workers in [WorkerPool(threads: 4, spins: 0), backend.workerPool].compactMap(\.self) {
                workers.forEach(16) { _ in
                    let outcome = Result { try sample.call(backend, operands) }
                    outcomes.withLock { $0.append(outcome) }
                }
            }
            let tolerance = trial.tolerance(sample.operation, depth: 100)
            for (call, outcome) in outcomes.withLock({ $0 }).enumerated() {
                let results = try outcome.get()
                for (index, (tensor, want)) in zip(results, alone).enumerated() {
                    try trial.expect(tensor, want, tolerance, "call \(call + 1), result \(index)")
                }
            }
        }
    }

    /// Operands of another backend are rejected, each of them.
    private static func foreign(_ sample: SampleCall) -> CaseTemplate {
        CaseTemplate(sample.operation, .foreign, sample.name, sample.shapes) { trial in
            let operands = try sample.tensors(trial)
            for place in operands.indices {
                var mixed = operands
                mixed[place] = Tensor(
                    shape: operands[place].shape, elementType: operands[place].elementType, storage: ElsewhereStorage())
                trial.expectError(.foreignTensor, "operand \(place) is another backend's") {
                    _ = try sample.call(trial.backend, mixed)
                }
            }
        }
    }

    /// Neither operands nor results are retained after a call.
    private static func released(_ sample: SampleCall) -> CaseTemplate {
        CaseTemplate(sample.operation, .memory, sample.name, sample.shapes) { trial in
            trial.prove()
            var kept: [(String, WeakStorage)] = []
            for turn in 1...3 {
                let operands = try sample.operands(&trial.numbers).map {
                    try trial.backend.upload(
                        WatchedBytes($0.values, $0.isIndex ? .int32 : .float32).buffer, shape: $0.values.shape,
                        elementType: $0.isIndex ? .int32 : .float32)
                }
                let results = try sample.call(trial.backend, operands)
                kept += operands.enumerated().map { ("operand \($0) of call \(turn)", WeakStorage($1)) }
                kept += results.enumerated().map { ("result \($0) of call \(turn)", WeakStorage($1)) }
            }
            for (what, storage) in kept where storage.isAlive {
                trial.fail("\(what) is still retained after its last use")
            }
        }
    }

    /// Operations that compute reject integers.
    private static func refusedType(_ sample: SampleCall) -> CaseTemplate {
        CaseTemplate(sample.operation, .refusal, "\(sample.name)-of-integers", sample.shapes) { trial in
            let moves: Set<OperationKind> = [.permute, .slice, .concatenate]
            let operands = sample.operands(&trial.numbers)
            for place in operands.indices where !operands[place].isIndex && !moves.contains(sample.operation) {
                let tensors = try operands.enumerated().map { index, operand in
                    try trial.tensor(operand.values, operand.isIndex || index == place ? .int32 : .float32)
                }
                trial.expectError(.unsupported, "operand \(place) is int32") {
                    _ = try sample.call(trial.backend, tensors)
                }
            }
            trial.prove()
        }
    }

    /// Supported element types are computed; others are rejected.
    private static func precisions(_ sample: SampleCall) -> [CaseTemplate] {
        [ElementType.bfloat16, .float16, .float64].map { type in
            CaseTemplate(
                sample.operation, .precision, "\(sample.name)-\(type.rawValue)", sample.shapes, type: type,
                isRequired: false
            ) { trial in
                let request = OperationRequest(sample.operation, shapes: sample.shapes, elementType: type)
                let operands = sample.operands(&trial.numbers)
                let narrow = try operands.map { try trial.tensor($0.values, $0.isIndex ? .int32 : type) }
                if case .unsupported = trial.backend.capability(of: request) {
                    return trial.expectError(.unsupported, "\(type) is not supported") {
                        _ = try sample.call(trial.backend, narrow)
                    }
                }
                // The result of the same backend for the same numbers in float32, which other cases check.
                let plain = try operands.map {
                    try trial.tensor($0.values.rounded(to: type), $0.isIndex ? .int32 : .float32)
                }
                let want = try sample.call(trial.backend, plain).map { try trial.values($0) }
                for (index, (got, want)) in try zip(sample.call(trial.backend, narrow), want).enumerated() {
                    let tolerance = trial.tolerance(sample.operation, type: type, depth: 100)
                    // float64 is compared with float32 results, so it can't be more accurate.
                    let least = trial.tolerance(sample.operation, depth: 100)
                    try trial.expect(
                        got, want,
                        Tolerance(
                            absolute: max(tolerance.absolute, least.absolute),
                            relative: max(tolerance.relative, least.relative, type.roundingError)),
                        "result \(index)", type: type)
                }
            }
        }
    }
}

/// Storage that no backend can access.
final class ElsewhereStorage: TensorStorage {
    let storageKind = "memory of an unknown backend"
}

private struct WeakStorage {
    private weak var storage: (any TensorStorage)?
    init(_ tensor: Tensor) { storage = tensor.storage }
    var isAlive: Bool { storage != nil }
}

public import BertCore
import BertLocks
import BertModels

extension BertError.Code {
    /// The loss or a gradient isn't a finite number.
    public static let trainingDiverged = Self("trainingDiverged")
}

extension Trainer {
    /// Returns the error for a loss or a gradient that isn't finite. Runs the step again to find the first operation
    /// that returned such a number.
    func diverged(_ batches: [ArraySlice<Int>], _ epoch: Int, what: String, value: Double) throws -> BertError {
        let last = try TrainingCheckpoint.all(in: output).last.map { "the last checkpoint is \(output)/\($0.name)" }
        func error(_ cause: String, _ key: String?) -> BertError {
            BertError(
                .trainingDiverged,
                """
                \(what) of step \(state.globalStep + 1) is \(value)\(cause); \
                \(last ?? "there is no checkpoint"). Try a smaller --learning-rate
                """, key: key, value: .string("\(value)"))
        }
        let trained = zip(session.model.parameters, session.model.values)
        if let (spec, _) = try trained.first(where: { try !backend.floats($0.1).allSatisfy(\.isFinite) }) {
            let cause =
                state.globalStep > 0
                ? "the update of step \(state.globalStep) made \(spec.name) infinite or NaN"
                : "the initial values of \(spec.name) are infinite or NaN"
            return error(": \(cause)", spec.name)
        }
        let store = try session.model.parameterStore()
        let watch = NonFiniteWatch(base: backend)
        let stage =
            arguments.exitTraining == .twoStage && state.globalStep >= stageSteps
            ? .stage2 : Self.firstStage(arguments)
        do {
            let watched = try Self.session(store, stage, subject, arguments, watch, teacher, loss) { _ in }
            _ = try watched.gradients(state.globalStep, batches, epoch)
        } catch {
            // Errors don't matter, because the operations before them have been checked.
        }
        return error(watch.first.map { ": \($0) produced the first one" } ?? "", watch.first)
    }
}

/// A backend that checks the results of all operations for numbers that aren't finite.
final class NonFiniteWatch: BackendDecorator {
    let base: any ComputeBackend
    private let found = ForkSafeMutex<String?>(nil)

    init(base: any ComputeBackend) { self.base = base }

    /// The first operation with such a result, and the part of the model it belongs to.
    var first: String? { found.withLock { $0 } }
    var usesScope: Bool { true }
    var dividesBatches: Bool { false }

    func perform(_ call: OperationCall) throws -> OperationResult {
        let result = try call(on: base)
        guard first == nil else { return result }
        for tensor in tensors(of: result) where tensor.elementType == .float32 {
            guard try base.floats(tensor).contains(where: { !$0.isFinite }) else { continue }
            let name = [OperationScope.current, "\(call.kind.rawValue)"].compactMap(\.self).joined(separator: " ")
            found.withLock { $0 = $0 ?? name }
            break
        }
        return result
    }

    private func tensors(of result: OperationResult) -> [Tensor] {
        switch result {
        case .tensor(let tensor): [tensor]
        case .attention(let output): [output.context]
        default: []
        }
    }
}

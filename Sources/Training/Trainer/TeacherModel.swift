public import BertCheckpoints
public import BertCore
import BertLocks
import BertModels
import BertPipelines

/// A sequence classifier that another model is distilled from. The logits of each example are computed once.
public final class TeacherModel: Sendable {
    private let evaluator: EvaluationSubject
    private let data: TrainingData
    private let labelCount: Int
    private let known = ForkSafeMutex<[Int: [Float]]>([:])

    /// Loads a teacher.
    ///
    /// - Parameters:
    ///   - files: The teacher's folder.
    ///   - records: The unencoded training examples of the student.
    ///   - subject: The student.
    ///   - backend: The backend that computes.
    /// - Throws: `BertError` if the teacher has different labels or another task.
    public init(
        _ files: ModelFiles, records: [DataRecord], for subject: TrainingSubject, on backend: any ComputeBackend
    ) throws {
        guard subject.task.modelTask == .sequenceClassification else {
            throw BertError(
                .unsupported, "\(subject.task.rawValue) doesn't support a teacher; only classification does",
                key: "--teacher"
            )
        }
        evaluator = try EvaluationSubject(files, task: subject.task) { _ in backend }
        guard evaluator.labelCount == subject.config.numLabels else {
            throw BertError(
                .invalidArgument,
                "the teacher has \(evaluator.labelCount) labels, the model \(subject.config.numLabels)",
                file: files.location, key: "--teacher", value: .int(evaluator.labelCount),
                limit: .int(subject.config.numLabels))
        }
        labelCount = evaluator.labelCount
        data = try evaluator.encode(
            records, texts: subject.columns.texts, label: subject.columns.label, maximumLength: subject.maximumLength)
    }

    /// Returns the logits of examples in row-major order.
    func logits(of indices: ArraySlice<Int>) throws -> [Float] {
        let missing = known.withLock { known in indices.filter { known[$0] == nil } }
        if !missing.isEmpty {
            let rows = try evaluator.logits(of: missing.map { data.examples[$0].sequences[0] })
            known.withLock { known in for (index, row) in zip(missing, rows) { known[index] = row } }
        }
        return known.withLock { known in indices.flatMap { known[$0] ?? [] } }
    }
}

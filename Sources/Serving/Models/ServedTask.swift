import BertCheckpoints
import BertCore
import BertJSON
import BertModels
import BertPipelines

/// The task of a served model.
public enum ServedTask: String, Sendable, CaseIterable {
    case embedding = "feature-extraction"
    case sparseEmbedding = "sparse-encoding"
    case multiVector = "multi-vector-encoding"
    case classification = "text-classification"
    case reranking = "text-ranking"
    case entities = "token-classification"
    case answering = "question-answering"
    case maskFilling = "fill-mask"

    /// Returns the task of a model according to its files.
    ///
    /// - Parameter isSplade: Whether masked language models without `modules.json` compute sparse embeddings.
    /// - Throws: `BertError` with code `invalidConfiguration` for a class without a supported task.
    init(_ files: ModelFiles, _ config: BertConfig, isSplade: Bool) throws {
        if TokenEmbedder.canRead(files) {
            self = .multiVector
            return
        }
        if files.contains("modules.json") {
            self = SparseEmbedder.canRead(files) ? .sparseEmbedding : .embedding
            return
        }
        let entry = try ModelCatalogue.shared.entry(ModelCatalogue.shared.className(for: config))
        switch entry.modelType {
        case is any SequenceClassificationModel.Type: self = config.numLabels == 1 ? .reranking : .classification
        case is any TokenClassificationModel.Type: self = .entities
        case is any QuestionAnsweringModel.Type: self = .answering
        case is any MaskedLanguageModel.Type: self = isSplade ? .sparseEmbedding : .maskFilling
        case is any EncoderModel.Type: self = .embedding
        default:
            throw BertError(
                .invalidConfiguration,
                """
                \(files.location) is a \(entry.name), which has no supported task; supported tasks are \
                \(ServedTask.allCases.map(\.rawValue).joined(separator: ", "))
                """)
        }
    }
}

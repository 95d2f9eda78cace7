import BertCheckpoints
import BertCore
import BertModels
import BertPipelines
import BertTokenizers

/// A loaded model with its properties.
final class LoadedModel: Sendable {
    let task: ServedTask
    let config: BertConfig
    let backend: BackendInfo
    let text: RowTokenizer
    let computer: any RowComputer
    /// The embedding settings, for models that compute embeddings.
    let embedding: EmbeddingSettings?
    /// The embedder, for models that compute sparse embeddings.
    let sparse: SparseEmbedder?
    /// The embedder, for models that compute a vector for each token (late interaction).
    let multiVector: TokenEmbedder?
    /// The number of components of an embedding, for models that compute embeddings.
    let dimension: Int?
    /// Whether rows can exit before the last layer.
    let hasOffRamps: Bool
    /// `deebert` or `pabee`, for models with off-ramps.
    let exitKind: String?
    /// The labels for entailment and contradiction.
    let entailment: (entailment: Int, contradiction: Int)?
    /// The memory that loading the model took, in bytes.
    let memory: Int

    /// Loads a model. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - pooling: The pooling, if the folder doesn't specify one.
    ///   - isSplade: Whether masked language models without `modules.json` compute sparse embeddings.
    init(_ files: ModelFiles, on backend: any ComputeBackend, pooling: PoolingMode?, isSplade: Bool) throws {
        let before = ProcessFacts.residentBytes
        let network =
            try SparseEmbedder.canRead(files) ? SparseEmbedder.network(files) : files.transformerFiles()
        config = try BertConfig(network)
        task = try ServedTask(files, config, isSplade: isSplade)
        self.backend = backend.info
        embedding =
            task == .embedding
            ? try EmbeddingSettings(
                files, pooling: files.contains("modules.json") ? nil : pooling, normalizes: true) : nil
        sparse = task == .sparseEmbedding ? try SparseEmbedder(files, on: backend) : nil
        multiVector = task == .multiVector ? try TokenEmbedder(files, on: backend) : nil
        text = try RowTokenizer(
            network, config,
            maximumLength: embedding?.maximumLength ?? sparse?.maximumLength
                ?? multiVector?.maximumLength(.document),
            lowercases: embedding?.lowercases ?? sparse?.lowercases ?? false)
        var (dimension, exitKind): (Int?, String?) = (nil, nil)
        if let embedding {
            let computer = try EmbeddingComputer(
                files, config, embedding, hasTokenTypes: text.hasTokenTypes, on: backend)
            self.computer = computer
            dimension = computer.dimension
        } else if let sparse {
            computer = SparseComputer(sparse, on: backend)
            dimension = sparse.dimension
        } else if let multiVector {
            computer = MultiVectorComputer(multiVector, on: backend)
            dimension = multiVector.dimension
        } else if task == .classification || task == .reranking {
            let computer = try SequenceComputer(files, config, hasTokenTypes: text.hasTokenTypes, on: backend)
            self.computer = computer
            if computer.hasOffRamps { exitKind = computer.isPabee ? "pabee" : "deebert" }
        } else {
            computer = try PipelineComputer(files, task, on: backend)
        }
        self.dimension = dimension
        self.exitKind = exitKind
        hasOffRamps = exitKind != nil
        entailment = task == .classification ? Self.entailment(config) : nil
        memory = max(0, ProcessFacts.residentBytes - before)
    }

    /// The prompts, for models that compute embeddings.
    var prompts: FolderPrompts? { embedding?.prompts ?? sparse?.prompts ?? multiVector?.prompts }

    /// The tasks that the model supports, with the names of the Hugging Face hub.
    var capabilities: [String] {
        switch task {
        case .embedding: [task.rawValue, "sentence-similarity"]
        case .classification where entailment != nil: [task.rawValue, "zero-shot-classification"]
        case .reranking: [task.rawValue, "text-classification"]
        case .multiVector: [task.rawValue, "text-ranking"]
        default: [task.rawValue]
        }
    }

    /// Returns the labels. The pipeline of transformers uses the first label as contradiction, or the last if the first
    /// is entailment.
    private static func entailment(_ config: BertConfig) -> (entailment: Int, contradiction: Int)? {
        guard let name = config.labels.first(where: { $0.lowercased().hasPrefix("entail") }),
            let id = config.label2id[name], config.labels.indices.contains(id)
        else { return nil }
        return (id, id == 0 ? config.numLabels - 1 : 0)
    }
}

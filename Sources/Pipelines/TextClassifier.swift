public import BertCore
public import BertModels
import BertTokenizers

/// Texts in, labels out, from a classifier that may leave early.
public struct TextClassifier: Sendable {
    /// The label of each logit.
    public let labels: [String]
    /// How many layers the model has.
    public let layerCount: Int
    /// What it computes on.
    public let backend: BackendInfo
    private let model: any EarlyExitClassifier
    private let computing: any ComputeBackend
    private let text: TextEncoder
    private let thread = ComputeThread()

    /// Loads a checkpoint folder of ``DeeBertForSequenceClassification`` or ``DeeRobertaForSequenceClassification``.
    ///
    /// - Throws: ``BackendUnavailableError`` before anything is read; ``BertError`` that names file, key and mend.
    public init(folder: String, backend selection: BackendSelection? = nil) throws {
        let backend = try BackendRegistry.shared.backend(selection, for: "TextClassifier")
        try self.init(ModelFiles(folder: folder), on: backend)
    }

    /// Loads a model from files, wherever they are, onto a backend.
    ///
    /// - Throws: ``BertError`` that names file, key and mend.
    public init(_ files: ModelFiles, on backend: any ComputeBackend) throws {
        let config = try BertConfig(files)
        text = try TextEncoder(files, maximumLength: nil, config: config)
        model =
            switch config.modelType {
            case .roberta, .xlmRoberta, .camembert:
                try DeeRobertaForSequenceClassification.fromPretrained(files, on: backend, options: .strict)
            case .bert, .albert, .distilBert:
                try DeeBertForSequenceClassification.fromPretrained(files, on: backend, options: .strict)
            }
        labels = config.labels
        layerCount = config.numHiddenLayers
        computing = backend
        self.backend = backend.info
    }

    /// The label of each text, in their order. Blocks the calling thread.
    ///
    /// - Parameter policy: when a text leaves the network.
    /// - Throws: ``BertError`` with code `invalidInput`, naming the text, if one is too long and may not be cut.
    public func classify(
        _ texts: [String], policy: ExitPolicy = .never, options: TextOptions = TextOptions()
    ) throws -> [TextClassification] {
        var results = [TextClassification?](repeating: nil, count: texts.count)
        for batch in TextBatches(try text.encode(texts, options), tokenBudget: options.tokenBudget).batches {
            let output = try model.classify(batch.input, policy: policy, offRamps: false)
            let logits = try computing.floats(output.logits)
            for (row, place) in batch.places.enumerated() {
                results[place] = TextClassification(
                    logits: Array(logits[row * labels.count..<(row + 1) * labels.count]), labels: labels,
                    exitLayer: output.exitLayer[row])
            }
        }
        return results.compactMap { $0 }
    }

    /// The label of each text, in their order. Computes on a thread of its own, one call after the other.
    ///
    /// - Throws: as the blocking method; `CancellationError` if the task is cancelled before its turn.
    public func classify(
        _ texts: [String], policy: ExitPolicy = .never, options: TextOptions = TextOptions()
    ) async throws -> [TextClassification] {
        try await thread.run { try classify(texts, policy: policy, options: options) as [TextClassification] }
    }
}

/// What a classifier says of one text.
public struct TextClassification: Sendable, Hashable {
    /// The likeliest label.
    public let label: String
    /// Its probability.
    public let score: Double
    /// The probability of every label, in the model's order.
    public let scores: [Double]
    /// The layer after which the text left the network, counted from 1.
    public let exitLayer: Int

    init(logits: [Float], labels: [String], exitLayer: Int) {
        let probabilities = softmax(logits)
        let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
        scores = probabilities
        label = labels[best]
        score = probabilities[best]
        self.exitLayer = exitLayer
    }
}

import BertCheckpoints
import BertCore
import BertModels
import BertPipelines

/// A computer of embeddings.
final class EmbeddingComputer: RowComputer {
    private let model: any EncoderModel
    private let head: SentenceHead
    private let backend: any ComputeBackend
    private let hasTokenTypes: Bool
    /// Whether vectors only depend on the first token of each sequence.
    private let poolsFirst: Bool
    let dimension: Int
    var pool: WorkerPool? { backend.workerPool }

    init(
        _ files: ModelFiles, _ config: BertConfig, _ settings: EmbeddingSettings, hasTokenTypes: Bool,
        on backend: any ComputeBackend
    ) throws {
        head = try SentenceHead(files, settings, hiddenSize: config.hiddenSize, on: backend)
        model = try files.transformerFiles().encoder(config, on: backend)
        self.backend = backend
        self.hasTokenTypes = hasTokenTypes
        poolsFirst = settings.pooling == [.cls]
        dimension = head.dimension
    }

    func compute(_ rows: [Row], deliver: @escaping RowDelivery) throws {
        let input = ModelInput(ids: rows.map(\.ids), tokenTypes: hasTokenTypes ? rows.map(\.types) : nil)
        if rows.first?.kind == .tokenVectors {
            let values = try backend.floats(model.encode(input, options: ForwardOptions()).lastHiddenState)
            let width = values.count / max(input.tokenCount, 1)
            var token = 0
            for (place, row) in rows.enumerated() {
                deliver(
                    place,
                    .tokenVectors((token..<token + row.tokens).map { Array(values[$0 * width..<($0 + 1) * width]) }))
                token += row.tokens
            }
            return
        }
        let isFirst = poolsFirst && rows.allSatisfy { $0.form.skipped == 0 }
        let output = try model.encode(input, options: isFirst ? ForwardOptions(rows: .first) : ForwardOptions())
        // Usually all rows have the same form.
        for (form, places) in Dictionary(grouping: rows.indices, by: { rows[$0].form }) {
            var hidden = output.lastHiddenState
            var sequences = output.sequences
            if places.count < rows.count {
                let tokens = isFirst ? places : places.flatMap { Array(sequences[$0]) }
                hidden = try backend.gatherRows(hidden, indices: backend.indices(tokens.map { Int32($0) }))
                sequences = try PackedSequences(lengths: places.map { rows[$0].tokens })
            }
            let values =
                isFirst
                ? try head(pooled: hidden, normalizes: form.normalizes, dimensions: form.dimensions)
                : try head(
                    hidden, sequences, skipping: form.skipped, normalizes: form.normalizes,
                    dimensions: form.dimensions)
            let width = values.count / places.count
            for (index, place) in places.enumerated() {
                deliver(place, .vector(Array(values[index * width..<(index + 1) * width])))
            }
        }
    }
}

/// A computer of sparse embeddings.
final class SparseComputer: RowComputer {
    private let embedder: SparseEmbedder
    let pool: WorkerPool?

    init(_ embedder: SparseEmbedder, on backend: any ComputeBackend) {
        self.embedder = embedder
        pool = backend.workerPool
    }

    func compute(_ rows: [Row], deliver: @escaping RowDelivery) throws {
        for (place, vector) in try embedder.vectors(of: rows.map(\.ids), types: rows.map(\.types)).enumerated() {
            deliver(place, .sparseVector(vector))
        }
    }
}

/// A computer of a vector for each token that takes part in late interaction.
final class MultiVectorComputer: RowComputer {
    private let embedder: TokenEmbedder
    let pool: WorkerPool?

    init(_ embedder: TokenEmbedder, on backend: any ComputeBackend) {
        self.embedder = embedder
        pool = backend.workerPool
    }

    func compute(_ rows: [Row], deliver: @escaping RowDelivery) throws {
        guard case .multiVectors(let side, let truncates)? = rows.first?.kind else {
            throw ServingError.internalError("a row has the wrong task for the model")
        }
        let found = try embedder.embed(rows.map(\.text), as: side, options: TextOptions(truncates: truncates))
        for (place, vectors) in found.enumerated() { deliver(place, .tokenVectors(vectors)) }
    }
}

/// A computer of sequence classification logits.
final class SequenceComputer: RowComputer {
    private let model: any SequenceClassificationModel
    private let backend: any ComputeBackend
    private let config: BertConfig
    private let hasTokenTypes: Bool

    init(_ files: ModelFiles, _ config: BertConfig, hasTokenTypes: Bool, on backend: any ComputeBackend) throws {
        let entry = try ModelCatalogue.shared.entry(ModelCatalogue.shared.className(for: config))
        guard let type = entry.modelType as? any SequenceClassificationModel.Type else {
            throw BertError(
                .invalidConfiguration, "\(files.location) is a \(entry.name), which is not a text classifier")
        }
        model = try type.fromPretrained(files, on: backend, options: .strict)
        hasOffRamps = model is any EarlyExitClassifier
        self.backend = backend
        self.config = config
        self.hasTokenTypes = hasTokenTypes
    }

    var pool: WorkerPool? { backend.workerPool }
    var exitLayers: Int? { hasOffRamps ? config.numHiddenLayers : nil }
    /// Whether rows can exit before the last layer.
    let hasOffRamps: Bool
    /// Whether the off-ramps are those of PABEE.
    var isPabee: Bool { "\(type(of: model).modelName)".hasSuffix("Pabee") }

    func compute(_ rows: [Row], deliver: @escaping RowDelivery) throws {
        guard let model = model as? any EarlyExitClassifier else {
            let output = try model.forward(input(rows), labels: nil, options: ForwardOptions())
            let logits = try backend.floats(output.logits)
            let width = config.numLabels
            for place in rows.indices {
                deliver(
                    place,
                    .logits(
                        Array(logits[place * width..<(place + 1) * width]), exitLayer: config.numHiddenLayers))
            }
            return
        }
        var exits = EarlyExitOptions()
        exits.policies = rows.map(\.policy)
        // Rows that exit early are answered early.
        exits.onExit = { deliver($0.sequence, .logits($0.logits, exitLayer: $0.layer)) }
        let output = try model.forward(input(rows), labels: nil, exits: exits, options: ForwardOptions())
        let logits = try backend.floats(output.logits)
        let width = config.numLabels
        for place in rows.indices where !output.exitedFromOffRamp[place] {
            deliver(
                place,
                .logits(Array(logits[place * width..<(place + 1) * width]), exitLayer: output.exitLayer[place]))
        }
    }

    private func input(_ rows: [Row]) -> ModelInput {
        ModelInput(ids: rows.map(\.ids), tokenTypes: hasTokenTypes ? rows.map(\.types) : nil)
    }
}

/// A computer of token-level tasks that uses the library's pipelines.
final class PipelineComputer: RowComputer {
    enum Pipeline: Sendable {
        case entities(TokenClassifier)
        case answers(QuestionAnswerer)
        case fillings(MaskFiller)
    }

    let pipeline: Pipeline
    let pool: WorkerPool?

    init(_ files: ModelFiles, _ task: ServedTask, on backend: any ComputeBackend) throws {
        pool = backend.workerPool
        pipeline =
            switch task {
            case .entities: .entities(try TokenClassifier(files, on: backend))
            case .answering: .answers(try QuestionAnswerer(files, on: backend))
            default: .fillings(try MaskFiller(files, on: backend))
            }
    }

    func compute(_ rows: [Row], deliver: @escaping RowDelivery) throws {
        guard let kind = rows.first?.kind else { return }
        let texts = rows.map(\.text)
        switch (pipeline, kind) {
        case (.entities(let classifier), .entities(let aggregation, let stride, let ignored, let truncates)):
            let found = try classifier.classify(
                texts, aggregation: aggregation, stride: stride, ignoredLabels: ignored,
                options: TextOptions(truncates: truncates))
            for (place, entities) in found.enumerated() { deliver(place, .entities(entities)) }
        case (.answers(let answerer), .answers(let parameters)):
            var options = AnswerOptions()
            options.topK = parameters.topK
            options.stride = parameters.stride
            options.maximumLength = parameters.maximumLength
            options.maximumAnswerLength = parameters.maximumAnswerLength
            options.allowsNoAnswer = parameters.allowsNoAnswer
            options.alignsToWords = parameters.alignsToWords
            let found = try answerer.answer(rows.map { Question($0.text, context: $0.context) }, options: options)
            for (place, answers) in found.enumerated() { deliver(place, .answers(answers)) }
        case (.fillings(let filler), .fillings(let topK, let targets, let truncates)):
            let found = try filler.fill(
                texts, topK: topK, targets: targets, options: TextOptions(truncates: truncates))
            for (place, fillings) in found.enumerated() { deliver(place, .fillings(fillings)) }
        default: throw ServingError.internalError("a row has the wrong task for the model")
        }
    }
}

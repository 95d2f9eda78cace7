public import BertCheckpoints
public import BertCore
import BertModels
import BertTokenizers

/// A pipeline that classifies tokens, such as names and places, like Hugging Face's token classification pipeline.
///
/// ```swift
/// let classifier = try TokenClassifier(folder: "bert-base-NER")
/// let entities = try classifier.classify(["My name is Sarah and I live in London"], aggregation: .simple)[0]
/// ```
public struct TokenClassifier: Sendable {
    private let loaded: LoadedModel<any TokenClassificationModel>

    /// Loads the checkpoint folder of a token classifier.
    ///
    /// - Parameters:
    ///   - folder: The path of the folder.
    ///   - className: The name of a class in the catalog; nil to use the one in `config.json`.
    ///   - selection: The backend; nil to use the selection of the task, of `BERT_BACKEND`, or else `auto`.
    /// - Throws: ``BackendUnavailableError`` before any weights are read; ``BertError`` with file and key.
    public init(folder: String, as className: String? = nil, backend selection: BackendSelection? = nil) throws {
        let files = try ModelFiles(folder: folder)
        try self.init(
            files, as: className,
            on: files.backend(selection, for: "TokenClassifier", .tokenClassification, as: className))
    }

    /// Loads a model from files onto a backend.
    ///
    /// - Throws: ``BertError`` with file and key.
    public init(_ files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend) throws {
        loaded = try LoadedModel(files, for: .tokenClassification, as: className, on: backend)
        try loaded.config.checkLabelNames(source: files.path(of: BertConfig.fileName))
    }

    /// A description of the backend.
    public var backend: BackendInfo { loaded.backend.info }
    /// The name of the model class.
    public var modelName: String { loaded.name }
    /// The maximum number of tokens in a text or a window, including special tokens.
    public var maximumLength: Int { loaded.text.maximumLength }
    /// The label of each logit.
    public var labels: [String] { loaded.config.labels }

    /// Creates a call that maps texts to their entities.
    ///
    /// - Parameters:
    ///   - aggregation: The aggregation of tokens into entities.
    ///   - stride: The overlap of windows over long texts, in tokens; nil to truncate or reject long texts according to
    ///     the options. Of overlapping entities in two windows the longer one is kept, so tokens must be aggregated.
    ///   - ignoredLabels: The labels of entities to omit.
    ///   - options: The batch size and truncation.
    /// - Throws: ``BertError`` with code `invalidArgument` for a stride without aggregation or not shorter than a
    ///   window.
    public func call(
        aggregation: EntityAggregation = .none, stride: Int? = nil, ignoredLabels: Set<String> = ["O"],
        options: TextOptions = TextOptions()
    ) throws -> PipelineCall<String, [TokenEntity]> {
        if let stride { try check(stride, aggregation) }
        return PipelineCall(
            kind: "text", on: loaded.backend, budget: BatchBudget(tokens: options.tokenBudget)
        ) { [self] text in
            try windows(text, stride, options)
        } forward: { [self] batch in
            try scores(of: batch)
        } finish: { [loaded] text, windows, scores in
            let grouping = EntityGrouping(
                aggregation: aggregation, labels: loaded.config.labels, tokenizer: loaded.text.tokenizer)
            let reader = TokenReader(text, loaded.text.tokenizer)
            let entities = zip(windows, scores).flatMap { window, scores in
                grouping.entities(reader.tokens(window, scores)).filter { !ignoredLabels.contains($0.label) }
            }
            return windows.count > 1 ? EntityGrouping.withoutOverlaps(entities) : entities
        }
    }

    /// Classifies texts and returns their entities in order. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - texts: The texts, of any length.
    ///   - aggregation: The aggregation of tokens into entities.
    ///   - stride: The overlap of windows over long texts, in tokens; nil to truncate or reject long texts according to
    ///     the options. Of overlapping entities in two windows the longer one is kept, so tokens must be aggregated.
    ///   - ignoredLabels: The labels of entities to omit.
    ///   - options: The batch size and truncation.
    /// - Throws: ``BertError`` with code `tooManyTokens` and the text's index in `record` if a text is too long and
    ///   truncation is off, or with code `invalidArgument` for a stride without aggregation or not shorter than a
    ///   window.
    public func classify(
        _ texts: [String], aggregation: EntityAggregation = .none, stride: Int? = nil,
        ignoredLabels: Set<String> = ["O"], options: TextOptions = TextOptions()
    ) throws -> [[TokenEntity]] {
        try call(aggregation: aggregation, stride: stride, ignoredLabels: ignoredLabels, options: options)
            .outputs(of: texts)
    }

    /// Classifies texts asynchronously on ``ComputeThreads/shared``.
    ///
    /// - Throws: The errors of the blocking method; `CancellationError` if the task is canceled.
    public func classify(
        _ texts: [String], aggregation: EntityAggregation = .none, stride: Int? = nil,
        ignoredLabels: Set<String> = ["O"], options: TextOptions = TextOptions()
    ) async throws -> [[TokenEntity]] {
        try await call(aggregation: aggregation, stride: stride, ignoredLabels: ignoredLabels, options: options)
            .outputs(of: texts)
    }

    /// Returns the probabilities of all labels for each token of each window in a batch.
    private func scores(of batch: TextBatches.Batch) throws -> [[[Double]]] {
        let output = try loaded.model.forward(loaded.input(batch), labels: nil, options: ForwardOptions())
        let (logits, width) = (try loaded.backend.floats(output.logits), labels.count)
        return output.states.sequences.ranges.map { tokens in
            tokens.map { token in
                // As in transformers, probabilities that are 1 in single precision are ties.
                softmax(Array(logits[token * width..<(token + 1) * width])).map { Double(Float($0)) }
            }
        }
    }

    private func check(_ stride: Int, _ aggregation: EntityAggregation) throws {
        guard aggregation != .none else {
            throw BertError(
                .invalidArgument,
                """
                overlapping windows contain tokens twice, so a stride requires an aggregation: \
                \(EntityAggregation.allCases.dropFirst().map(\.rawValue).joined(separator: ", "))
                """, key: "aggregation")
        }
        let room = maximumLength - loaded.text.tokenizer.template.specialTokenCount(isPair: false)
        guard 0..<room ~= stride else {
            throw BertError(
                .invalidArgument,
                "the stride must be from 0 to \(room - 1), because a window has \(room) tokens (got \(stride))",
                key: "stride", value: .int(stride), limit: .int(stride < 0 ? 0 : room - 1))
        }
    }

    /// Returns the windows of a text; a single one without a stride.
    private func windows(_ text: String, _ stride: Int?, _ options: TextOptions) throws -> [Encoding] {
        if let stride {
            let encoding = try loaded.text.encode(
                PairedText(text),
                EncodingOptions(maxLength: maximumLength, truncation: .longestFirst, stride: stride))
            return [encoding] + encoding.overflow
        }
        do { return [try loaded.text.encode(PairedText(text), options)] } catch let error as BertError
            where error.code == .tooManyTokens
        {
            throw BertError(
                .tooManyTokens,
                error.message + ", or split it into overlapping windows (--stride, or stride:)",
                value: error.value, limit: error.limit)
        }
    }
}

/// A reader that locates the tokens of one text.
private struct TokenReader {
    private let scalars: [Unicode.Scalar]
    private let converter: OffsetConverter
    private let tokenizer: any Tokenizer
    /// Whether tokens that continue a word have a prefix. Words are then recognized by the length of their tokens.
    private let marksSubwords: Bool

    init(_ text: String, _ tokenizer: any Tokenizer) {
        scalars = Array(text.unicodeScalars)
        converter = OffsetConverter(text)
        self.tokenizer = tokenizer
        marksSubwords = tokenizer.continuingSubwordPrefix != nil
    }

    /// Returns the tokens of a window, without special tokens.
    func tokens(_ window: Encoding, _ scores: [[Double]]) -> [ScoredToken] {
        let (words, unknown) = (window.tokens, tokenizer.specialTokens.unknown)
        return window.ids.indices.filter { window.specialTokensMask[$0] == 0 }.map { index in
            let range = converter.scalarRange(window.offsets[index])
            let isUnknown = window.ids[index] == unknown
            let isSubword =
                marksSubwords
                ? words[index].unicodeScalars.count != range.count
                : range.lowerBound > 0
                    && !scalars[range.lowerBound - 1..<min(range.lowerBound + 1, scalars.count)].contains(" ")
            var source = String.UnicodeScalarView()
            if isUnknown { source.append(contentsOf: scalars[range]) }
            return ScoredToken(
                word: isUnknown ? String(source) : words[index], scores: scores[index],
                start: range.lowerBound,
                end: range.upperBound, index: index, isSubword: isSubword && !isUnknown)
        }
    }
}

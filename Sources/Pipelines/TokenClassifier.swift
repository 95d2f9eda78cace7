public import BertCheckpoints
public import BertCore
import BertModels
import BertTokenizers

/// Finds names, places and the like: what Hugging Face calls the token classification pipeline.
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
    ///   - folder: its path.
    ///   - className: which class of the catalogue; nil leaves it to `config.json`.
    ///   - selection: the backend; nil leaves it to the task, then to `BERT_BACKEND`, then to `auto`.
    /// - Throws: ``BackendUnavailableError`` before any weights are read; ``BertError`` with file and key.
    public init(folder: String, as className: String? = nil, backend selection: BackendSelection? = nil) throws {
        let files = try ModelFiles(folder: folder)
        try self.init(
            files, as: className,
            on: files.backend(selection, for: "TokenClassifier", .tokenClassification, as: className))
    }

    /// Loads a model from files, wherever they are, onto a backend.
    ///
    /// - Throws: ``BertError`` with file and key.
    public init(_ files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend) throws {
        loaded = try LoadedModel(files, for: .tokenClassification, as: className, on: backend)
        try loaded.config.checkLabelNames(source: files.path(of: BertConfig.fileName))
    }

    /// The backend that computes.
    public var backend: BackendInfo { loaded.backend.info }
    /// The class of the model.
    public var modelName: String { loaded.name }
    /// The most tokens of a text, or of a window over it, special ones included.
    public var maximumLength: Int { loaded.text.maximumLength }
    /// The label of each logit.
    public var labels: [String] { loaded.config.labels }

    /// A call with these options: texts in, their entities out.
    ///
    /// - Parameters:
    ///   - aggregation: how labelled tokens become entities.
    ///   - stride: reads a long text through windows that share this many tokens; nil: as the options say, an error or cut.
    ///     Of entities in two windows the longer stays, so tokens have to be aggregated.
    ///   - ignoredLabels: labels, as entities have them, that are left out.
    ///   - options: batch size and truncation.
    /// - Throws: ``BertError`` with code `invalidArgument` for a stride without aggregation, or one as long as a window.
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

    /// The entities of each text, in their order. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - texts: the texts, of any lengths.
    ///   - aggregation: how labelled tokens become entities.
    ///   - stride: reads a long text through windows that share this many tokens; nil: as the options say, an error or cut.
    ///     Of entities in two windows the longer stays, so tokens have to be aggregated.
    ///   - ignoredLabels: labels, as entities have them, that are left out.
    ///   - options: batch size and truncation.
    /// - Throws: ``BertError`` with code `tooManyTokens` and the text's index in `record` if one is too long and may not
    ///   be cut; with code `invalidArgument` for a stride without aggregation, or one as long as a window.
    public func classify(
        _ texts: [String], aggregation: EntityAggregation = .none, stride: Int? = nil,
        ignoredLabels: Set<String> = ["O"], options: TextOptions = TextOptions()
    ) throws -> [[TokenEntity]] {
        try call(aggregation: aggregation, stride: stride, ignoredLabels: ignoredLabels, options: options)
            .outputs(of: texts)
    }

    /// As the blocking method, on ``ComputeThreads/shared``.
    ///
    /// - Throws: also `CancellationError` if the task is cancelled.
    public func classify(
        _ texts: [String], aggregation: EntityAggregation = .none, stride: Int? = nil,
        ignoredLabels: Set<String> = ["O"], options: TextOptions = TextOptions()
    ) async throws -> [[TokenEntity]] {
        try await call(aggregation: aggregation, stride: stride, ignoredLabels: ignoredLabels, options: options)
            .outputs(of: texts)
    }

    /// For each window of a batch, for each token, the probability of each label.
    private func scores(of batch: TextBatches.Batch) throws -> [[[Double]]] {
        let output = try loaded.model.forward(loaded.input(batch), labels: nil, options: ForwardOptions())
        let (logits, width) = (try loaded.backend.floats(output.logits), labels.count)
        return output.states.sequences.ranges.map { tokens in
            tokens.map { softmax(Array(logits[$0 * width..<($0 + 1) * width])) }
        }
    }

    private func check(_ stride: Int, _ aggregation: EntityAggregation) throws {
        guard aggregation != .none else {
            throw BertError(
                .invalidArgument,
                """
                windows that overlap have some tokens twice, so a stride needs an aggregation: \
                \(EntityAggregation.allCases.dropFirst().map(\.rawValue).joined(separator: ", "))
                """, key: "aggregation")
        }
        let room = maximumLength - loaded.text.tokenizer.template.specialTokenCount(isPair: false)
        guard 0..<room ~= stride else {
            throw BertError(
                .invalidArgument, "a window has \(room) tokens; choose a stride from 0 to \(room - 1) (got \(stride))",
                key: "stride", value: .int(stride), limit: .int(stride < 0 ? 0 : room - 1))
        }
    }

    /// A text as windows, of which the first is the only one unless there is a stride.
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
                error.message + ", or read it through windows that overlap (--stride, or stride:)",
                value: error.value, limit: error.limit)
        }
    }
}

/// Finds the tokens of one text in it.
private struct TokenReader {
    private let scalars: [Unicode.Scalar]
    private let converter: OffsetConverter
    private let tokenizer: any Tokenizer
    /// Whether pieces that continue a word are marked, so that words are known by their lengths.
    private let marksSubwords: Bool

    init(_ text: String, _ tokenizer: any Tokenizer) {
        scalars = Array(text.unicodeScalars)
        converter = OffsetConverter(text)
        self.tokenizer = tokenizer
        marksSubwords = tokenizer.continuingSubwordPrefix != nil
    }

    /// The tokens of a window that stand for text.
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

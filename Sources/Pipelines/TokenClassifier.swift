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
    private let task: TaskModel<any TokenClassificationModel>

    /// Loads a checkpoint folder of BERT, RoBERTa or DistilBERT.
    ///
    /// - Parameters:
    ///   - folder: its path.
    ///   - selection: the backend; nil leaves it to the task, then to `BERT_BACKEND`, then to `auto`.
    /// - Throws: ``BackendUnavailableError`` before anything is read; ``BertError`` that names file, key and mend.
    public init(folder: String, backend selection: BackendSelection? = nil) throws {
        let backend = try BackendRegistry.shared.backend(selection, for: "TokenClassifier")
        try self.init(ModelFiles(folder: folder), on: backend)
    }

    /// Loads a model from files, wherever they are, onto a backend.
    ///
    /// - Throws: ``BertError`` that names file, key and mend.
    public init(_ files: ModelFiles, on backend: any ComputeBackend) throws {
        task = try TaskModel(files, task: .tokenClassification, on: backend)
    }

    /// What it computes on.
    public var backend: BackendInfo { task.backend.info }
    /// The most tokens of a text, or of a window over it, special ones included.
    public var maximumLength: Int { task.text.maximumLength }
    /// The label of each logit.
    public var labels: [String] { task.config.labels }

    /// The entities of each text, in their order. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - texts: the texts, of any lengths.
    ///   - aggregation: how labelled tokens become entities.
    ///   - stride: reads a long text through windows that share this many tokens; nil: as the options say, an error or cut.
    ///     Of entities in two windows the longer stays, so tokens have to be aggregated.
    ///   - ignoredLabels: labels, as entities have them, that are left out.
    ///   - options: batch size and truncation.
    /// - Throws: ``BertError`` with code `invalidInput`, naming the text, if one is too long and may not be cut; with code
    ///   `invalidArgument` for a stride without aggregation, or one as long as a window.
    public func classify(
        _ texts: [String], aggregation: EntityAggregation = .none, stride: Int? = nil,
        ignoredLabels: Set<String> = ["O"], options: TextOptions = TextOptions()
    ) throws -> [[TokenEntity]] {
        let windows = try windows(texts, stride, aggregation, options)
        let all = windows.flatMap { $0 }
        var scores = [[[Double]]](repeating: [], count: all.count)
        for batch in TextBatches(all, tokenBudget: options.tokenBudget).batches {
            let output = try task.model.forward(task.input(batch), labels: nil, options: ForwardOptions())
            let (logits, width) = (try task.backend.floats(output.logits), labels.count)
            for (row, place) in batch.places.enumerated() {
                scores[place] = output.states.sequences[row].map {
                    softmax(Array(logits[$0 * width..<($0 + 1) * width]))
                }
            }
        }
        let grouping = EntityGrouping(
            aggregation: aggregation, labels: labels, tokenizer: task.text.tokenizer)
        var next = 0
        return zip(texts, windows).map { text, windows in
            let reader = TokenReader(text, task.text.tokenizer)
            var entities: [TokenEntity] = []
            for window in windows {
                entities += grouping.entities(reader.tokens(window, scores[next]))
                    .filter { !ignoredLabels.contains($0.label) }
                next += 1
            }
            return windows.count > 1 ? EntityGrouping.withoutOverlaps(entities) : entities
        }
    }

    /// The entities of each text, in their order. Computes on threads of its own, as many calls at a time as there
    /// are threads.
    ///
    /// - Throws: as the blocking method; `CancellationError` if the task is cancelled.
    public func classify(
        _ texts: [String], aggregation: EntityAggregation = .none, stride: Int? = nil,
        ignoredLabels: Set<String> = ["O"], options: TextOptions = TextOptions()
    ) async throws -> [[TokenEntity]] {
        try await task.threads.run {
            try classify(
                texts, aggregation: aggregation, stride: stride, ignoredLabels: ignoredLabels,
                options: options)
                as [[TokenEntity]]
        }
    }

    /// Each text as windows, of which the first is the only one unless there is a stride.
    private func windows(
        _ texts: [String], _ stride: Int?, _ aggregation: EntityAggregation, _ options: TextOptions
    ) throws -> [[Encoding]] {
        guard let stride else {
            do { return try task.text.encode(texts, options).map { [$0] } } catch let error as BertError {
                guard let cause = error.cause as? TokenizerError, cause.code == .tooManyTokens else { throw error }
                let hint = ", or read it through windows that overlap (--stride, or stride:)"
                throw BertError(error.code, error.message, cause: TokenizerError(cause.code, cause.message + hint))
            }
        }
        let room = maximumLength - task.text.tokenizer.template.specialTokenCount(isPair: false)
        guard aggregation != .none else {
            throw BertError(
                .invalidArgument,
                "a stride makes windows that overlap, whose single tokens can't be told apart; choose an aggregation: "
                    + EntityAggregation.allCases.dropFirst().map(\.rawValue).joined(separator: ", "))
        }
        guard 0..<room ~= stride else {
            throw BertError(
                .invalidArgument,
                "a stride of \(stride) tokens, where a window has \(room); choose 0 to \(room - 1)")
        }
        let encodingOptions = EncodingOptions(
            maxLength: maximumLength, truncation: .longestFirst, stride: stride)
        return try texts.enumerated().map { index, text in
            do {
                let encoding = try task.text.tokenizer.encode(text, options: encodingOptions)
                return [encoding] + encoding.overflow
            } catch { throw BertError(.invalidInput, "text \(index)", cause: error) }
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
        marksSubwords = tokenizer is WordPieceTokenizer
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

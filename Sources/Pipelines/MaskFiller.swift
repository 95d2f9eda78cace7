public import BertCheckpoints
public import BertCore
import BertModels
import BertTokenizers

/// A pipeline that predicts masked tokens, like Hugging Face's fill-mask pipeline.
///
/// ```swift
/// let filler = try MaskFiller(folder: "bert-base-uncased")
/// let results = try filler.fill(["The movie was [MASK]."])
/// print(results[0].masks[0][0].tokenString)
/// ```
public struct MaskFiller: Sendable {
    private let loaded: LoadedModel<any MaskedLanguageModel>
    private let mask: Int32

    /// The maximum number of scores in a batch: 128 MiB of floats.
    private static let mostScores = 1 << 25

    /// Loads the checkpoint folder of a masked language model.
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
            on: files.backend(selection, for: "MaskFiller", .maskedLM, as: className))
    }

    /// Loads a model from files onto a backend.
    ///
    /// - Throws: ``BertError`` with file and key.
    public init(_ files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend) throws {
        loaded = try LoadedModel(files, for: .maskedLM, as: className, on: backend)
        guard let mask = loaded.text.tokenizer.specialTokens.mask else {
            throw BertError(
                .invalidConfiguration, "the tokenizer has no mask token; set mask_token",
                file: files.path(of: "tokenizer_config.json"), key: "mask_token")
        }
        self.mask = mask
    }

    /// A description of the backend.
    public var backend: BackendInfo { loaded.backend.info }
    /// The name of the model class.
    public var modelName: String { loaded.name }
    /// The maximum number of tokens in a text, including special tokens.
    public var maximumLength: Int { loaded.text.maximumLength }
    /// The mask token, for example `[MASK]` or `<mask>`.
    public var maskToken: String { loaded.text.tokenizer.vocabulary.token(mask) ?? "" }

    /// Creates a call that maps texts to the predictions for their masked tokens.
    ///
    /// - Parameters:
    ///   - topK: The number of predictions per masked token, limited by the number of targets.
    ///   - targets: The words to choose from. For a word that isn't in the vocabulary, its first token is used. Scores
    ///     are still relative to the whole vocabulary.
    ///   - options: The batch size and truncation.
    /// - Throws: ``BertError`` with code `invalidArgument` if `topK` is less than 1 or no target has a token.
    public func call(
        topK: Int = 5, targets: [String]? = nil, options: TextOptions = TextOptions()
    ) throws -> PipelineCall<String, MaskFillings> {
        guard topK >= 1 else {
            throw BertError(
                .invalidArgument, "topK must be at least 1 (got \(topK))", key: "topK", value: .int(topK), limit: 1)
        }
        let targets = try targets.map(targetIDs)
        let (mask, vocabulary) = (mask, loaded.config.vocabSize)
        let budget = BatchBudget(tokens: options.tokenBudget, rows: max(1, Self.mostScores / max(1, vocabulary))) {
            $0.ids.count { $0 == mask }
        }
        return PipelineCall(kind: "text", on: loaded.backend, budget: budget) { [self] text in
            let encoding = try loaded.text.encode(PairedText(text), options)
            guard encoding.ids.contains(mask) else {
                let cut = encoding.fullCount > encoding.count ? " after truncation" : ""
                throw BertError(
                    .invalidInput, "the text has no \(maskToken)\(cut); add one for each word to predict",
                    value: .string(maskToken))
            }
            return [encoding]
        } forward: { [self] batch in
            try guesses(batch, topK, among: targets)
        } finish: { [self] _, encodings, guesses in
            MaskFillings(masks: encodings.first.map { fillings($0.ids, guesses[0]) } ?? [])
        }
    }

    /// Returns the predictions for each text, in order. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - texts: The texts, of any length.
    ///   - topK: The number of predictions per masked token, limited by the number of targets.
    ///   - targets: The words to choose from. For a word that isn't in the vocabulary, its first token is used. Scores
    ///     are still relative to the whole vocabulary.
    ///   - options: The batch size and truncation.
    /// - Throws: ``BertError`` with the text's index in `record` and code `invalidInput` if a text has no mask token,
    ///   or `tooManyTokens` if it is too long and truncation is off; `invalidArgument` if `topK` is less than 1 or no
    ///   target has a token.
    public func fill(
        _ texts: [String], topK: Int = 5, targets: [String]? = nil, options: TextOptions = TextOptions()
    ) throws -> [MaskFillings] {
        try call(topK: topK, targets: targets, options: options).outputs(of: texts)
    }

    /// Computes predictions asynchronously on ``ComputeThreads/shared``.
    ///
    /// - Throws: The errors of the blocking method; `CancellationError` if the task is canceled.
    public func fill(
        _ texts: [String], topK: Int = 5, targets: [String]? = nil, options: TextOptions = TextOptions()
    ) async throws -> [MaskFillings] {
        try await call(topK: topK, targets: targets, options: options).outputs(of: texts)
    }

    private func targetIDs(_ targets: [String]) throws -> [Int] {
        let tokenizer = loaded.text.tokenizer
        let ids = try targets.compactMap { target in
            try tokenizer.vocabulary.id(of: target)
                ?? tokenizer.encode(target, options: EncodingOptions(addsSpecialTokens: false)).ids.first
        }
        guard !ids.isEmpty else {
            throw BertError(
                .invalidArgument, "none of the targets \(targets) is a token; use at least one known word",
                key: "targets")
        }
        return Set(ids).map(Int.init).filter { $0 < loaded.config.vocabSize }
    }

    private typealias Guesses = [[BestHits<Double>.Hit]]

    /// Returns the best predictions for each mask of each sequence. Only the scores of masks are computed.
    private func guesses(_ batch: TextBatches.Batch, _ topK: Int, among targets: [Int]?) throws -> [Guesses] {
        let tokens = batch.encodings.flatMap(\.ids)
        let rows = tokens.indices.filter { tokens[$0] == mask }
        let output = try loaded.model.forward(
            loaded.input(batch), labels: nil, options: ForwardOptions(rows: .at(rows)))
        let (logits, width) = (try loaded.backend.floats(output.logits), loaded.config.vocabSize)
        var row = 0
        return batch.encodings.map { encoding in
            (0..<encoding.ids.count { $0 == mask }).map { _ in
                defer { row += 1 }
                let scores = softmax(Array(logits[row * width..<(row + 1) * width]))
                var best = BestHits<Double>(limit: topK)
                if let targets {
                    for id in targets { best.add(scores[id], id) }
                } else {
                    for id in scores.indices { best.add(scores[id], id) }
                }
                return best.sorted
            }
        }
    }

    private func fillings(_ ids: [Int32], _ guesses: Guesses) -> [[MaskFilling]] {
        let padding = loaded.text.tokenizer.specialTokens.padding
        return zip(ids.indices.filter { ids[$0] == mask }, guesses).map { position, hits in
            hits.map { hit in
                var filled = ids
                filled[position] = Int32(hit.id)
                return MaskFilling(
                    score: hit.score, token: hit.id,
                    tokenString: loaded.text.tokenizer.decode([Int32(hit.id)], skipsSpecialTokens: false),
                    sequence: loaded.text.tokenizer.decode(
                        filled.filter { $0 != padding }, skipsSpecialTokens: guesses.count == 1))
            }
        }
    }
}

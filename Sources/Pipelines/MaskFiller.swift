public import BertCheckpoints
public import BertCore
import BertModels
import BertTokenizers

/// Guesses masked words: what Hugging Face calls the fill-mask pipeline.
///
/// ```swift
/// let filler = try MaskFiller(folder: "bert-base-uncased")
/// let results = try filler.fill(["The movie was [MASK]."])
/// print(results[0].masks[0][0].tokenString)
/// ```
public struct MaskFiller: Sendable {
    private let task: TaskModel<any MaskedLanguageModel>
    private let mask: Int32

    /// Loads a checkpoint folder of BERT, RoBERTa or DistilBERT.
    ///
    /// - Parameters:
    ///   - folder: its path.
    ///   - selection: the backend; nil leaves it to the task, then to `BERT_BACKEND`, then to `auto`.
    /// - Throws: ``BackendUnavailableError`` before anything is read; ``BertError`` that names file, key and mend.
    public init(folder: String, backend selection: BackendSelection? = nil) throws {
        let backend = try BackendRegistry.shared.backend(selection, for: "MaskFiller")
        try self.init(ModelFiles(folder: folder), on: backend)
    }

    /// Loads a model from files, wherever they are, onto a backend.
    ///
    /// - Throws: ``BertError`` that names file, key and mend.
    public init(_ files: ModelFiles, on backend: any ComputeBackend) throws {
        task = try TaskModel(files, task: .maskedLM, on: backend)
        guard let mask = task.text.tokenizer.specialTokens.mask else {
            throw BertError(
                .invalidConfiguration,
                "the tokenizer of \(files.location) has no mask token; name one as mask_token in tokenizer_config.json")
        }
        self.mask = mask
    }

    /// What it computes on.
    public var backend: BackendInfo { task.backend.info }
    /// The most tokens of a text, special ones included.
    public var maximumLength: Int { task.text.maximumLength }
    /// What stands for a word to guess: `[MASK]`, `<mask>`.
    public var maskToken: String { task.text.tokenizer.vocabulary.token(mask) ?? "" }

    /// The guesses for each text, in their order. Blocks the calling thread.
    ///
    /// A batch has fewer tokens than asked for where the scores of a large vocabulary would take over 128 MiB.
    ///
    /// - Parameters:
    ///   - texts: the texts, of any lengths.
    ///   - topK: how many guesses for each masked word; fewer if there are not so many targets.
    ///   - targets: the only words to choose from; of one that the vocabulary doesn't have its first token. Scores stay
    ///     those among all words.
    ///   - options: batch size and truncation.
    /// - Throws: ``BertError`` with code `invalidInput`, naming the text, if one has no mask token, or is too long and
    ///   may not be cut; with code `invalidArgument` for no guesses, or targets without any token.
    public func fill(
        _ texts: [String], topK: Int = 5, targets: [String]? = nil, options: TextOptions = TextOptions()
    ) throws -> [MaskFillings] {
        guard topK >= 1 else { throw BertError(.invalidArgument, "topK is \(topK); at least 1 guess is given") }
        let targets = try targets.map(targetIDs)
        let encodings = try task.text.encode(texts, options)
        for (index, encoding) in encodings.enumerated() where !encoding.ids.contains(mask) {
            let cut = encoding.fullCount > encoding.count ? " in what is left of it" : ""
            throw BertError(
                .invalidInput, "text \(index)",
                cause: BertError(
                    .invalidInput, "the text has no \(maskToken)\(cut); put one where a word is to be guessed"))
        }
        var results = [MaskFillings?](repeating: nil, count: texts.count)
        let budget = min(options.tokenBudget, max(1, (1 << 25) / max(1, task.config.vocabSize)))
        for batch in TextBatches(encodings, tokenBudget: budget).batches {
            let output = try task.model.forward(task.input(batch), labels: nil, options: ForwardOptions())
            for (row, place) in batch.places.enumerated() {
                let ids = encodings[place].ids
                let start = output.states.sequences[row].lowerBound
                let masked = ids.indices.filter { ids[$0] == mask }
                results[place] = MaskFillings(
                    masks: try masked.map { position in
                        let logits = try task.backend.slice(
                            output.logits, axis: 0, range: start + position..<start + position + 1)
                        let scores = softmax(try task.backend.floats(logits))
                        return best(scores, topK, among: targets).map { id in
                            filling(Int32(id), scores[id], ids, position, skipsSpecialTokens: masked.count == 1)
                        }
                    })
            }
        }
        return results.compactMap { $0 }
    }

    /// The guesses for each text, in their order. Computes on threads of its own, as many calls at a time as there
    /// are threads.
    ///
    /// - Throws: as the blocking method; `CancellationError` if the task is cancelled.
    public func fill(
        _ texts: [String], topK: Int = 5, targets: [String]? = nil, options: TextOptions = TextOptions()
    ) async throws -> [MaskFillings] {
        try await task.threads.run {
            try fill(texts, topK: topK, targets: targets, options: options) as [MaskFillings]
        }
    }

    private func targetIDs(_ targets: [String]) throws -> [Int] {
        let tokenizer = task.text.tokenizer
        let ids = try targets.compactMap { target in
            try tokenizer.vocabulary.id(of: target)
                ?? tokenizer.encode(target, options: EncodingOptions(addsSpecialTokens: false)).ids.first
        }
        guard !ids.isEmpty else {
            throw BertError(.invalidArgument, "the targets \(targets) make no token; give at least one word")
        }
        return Set(ids).map(Int.init).filter { $0 < task.config.vocabSize }
    }

    /// The ids with the best scores; of equal ones the lower.
    private func best(_ scores: [Double], _ count: Int, among targets: [Int]?) -> ArraySlice<Int> {
        let ids = targets ?? Array(scores.indices)
        return ids.sorted { (-scores[$0], $0) < (-scores[$1], $1) }.prefix(count)
    }

    private func filling(
        _ id: Int32, _ score: Double, _ ids: [Int32], _ position: Int, skipsSpecialTokens: Bool
    ) -> MaskFilling {
        var filled = ids
        filled[position] = id
        let padding = task.text.tokenizer.specialTokens.padding
        return MaskFilling(
            score: score, token: Int(id), tokenString: task.decoder.text([id], skipsSpecialTokens: false),
            sequence: task.decoder.text(
                filled.filter { $0 != padding }, skipsSpecialTokens: skipsSpecialTokens))
    }
}

public import BertCheckpoints
public import BertCore
import BertModels
import BertTokenizers

/// A pipeline that extracts the answer to a question from a text, like Hugging Face's question answering pipeline.
///
/// ```swift
/// let answerer = try QuestionAnswerer(folder: "roberta-base-squad2")
/// let answers = try answerer.answer([Question("Where do I live?", context: "I am Wolfgang and live in Berlin")])
/// print(answers[0][0].answer)
/// ```
public struct QuestionAnswerer: Sendable {
    private let loaded: LoadedModel<any QuestionAnsweringModel>

    /// Loads the checkpoint folder of an extractive question answering model.
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
            on: files.backend(selection, for: "QuestionAnswerer", .questionAnswering, as: className))
    }

    /// Loads a model from files onto a backend.
    ///
    /// - Throws: ``BertError`` with file and key.
    public init(_ files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend) throws {
        loaded = try LoadedModel(files, for: .questionAnswering, as: className, on: backend)
    }

    /// A description of the backend.
    public var backend: BackendInfo { loaded.backend.info }
    /// The name of the model class.
    public var modelName: String { loaded.name }
    /// The maximum number of tokens in a question and a window of its context, including special tokens.
    public var maximumLength: Int { loaded.text.maximumLength }

    /// Creates a call that maps questions to answers, in order of decreasing probability.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` and the name of the option in `key` for a value that is out
    ///   of range.
    public func call(options: AnswerOptions = AnswerOptions()) throws -> PipelineCall<Question, [Answer]> {
        let encodingOptions = try encodingOptions(options)
        let contextIsFirst = contextIsFirst
        return PipelineCall(
            kind: "question", on: loaded.backend, budget: BatchBudget(tokens: options.tokenBudget)
        ) { [loaded] question in
            let encoding = try loaded.text.encode(
                contextIsFirst
                    ? PairedText(question.context, pair: question.question)
                    : PairedText(question.question, pair: question.context), encodingOptions)
            return [encoding] + encoding.overflow
        } forward: { [self] batch in
            try scores(of: batch)
        } finish: { question, windows, scores in
            var collector = AnswerCollector(question, options, contextIsFirst: contextIsFirst)
            for (window, scores) in zip(windows, scores) { collector.add(window, scores) }
            return collector.best()
        }
    }

    /// Returns the answers to each question in order of decreasing probability. Blocks the calling thread.
    ///
    /// A long context is processed in overlapping windows. There may be fewer answers than requested, because invalid
    /// spans are omitted.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` and the question's index in `record` if a question leaves no
    ///   space for its context; `invalidArgument` and the name of the option in `key` for a value that is out of range.
    public func answer(_ questions: [Question], options: AnswerOptions = AnswerOptions()) throws -> [[Answer]] {
        try call(options: options).outputs(of: questions)
    }

    /// Answers questions asynchronously on ``ComputeThreads/shared``.
    ///
    /// - Throws: The errors of the blocking method; `CancellationError` if the task is canceled.
    public func answer(
        _ questions: [Question], options: AnswerOptions = AnswerOptions()
    ) async throws -> [[Answer]] {
        try await call(options: options).outputs(of: questions)
    }

    /// Whether the context precedes the question: if the tokenizer pads on the left, as in the pipeline of
    /// `transformers`.
    private var contextIsFirst: Bool { loaded.text.tokenizer.defaults.paddingSide == .left }

    private func scores(of batch: TextBatches.Batch) throws -> [SpanScores] {
        let output = try loaded.model.forward(loaded.input(batch), answers: nil, options: ForwardOptions())
        let starts = try loaded.backend.floats(output.startLogits)
        let ends = try loaded.backend.floats(output.endLogits)
        let classification = loaded.text.tokenizer.specialTokens.classification
        // The pipeline of `transformers` excludes no tokens if the context comes first.
        let contextIsFirst = contextIsFirst
        return zip(batch.encodings, output.states.sequences.ranges).map { window, range in
            SpanScores(
                starts: starts[range], ends: ends[range],
                isCandidate: zip(window.sequenceIDs, window.ids).map {
                    contextIsFirst || $0 == 1 || $1 == classification
                })
        }
    }

    private func encodingOptions(_ options: AnswerOptions) throws -> EncodingOptions {
        func check(_ key: String, _ value: Int, _ range: ClosedRange<Int>) throws {
            guard !range.contains(value) else { return }
            let isLow = value < range.lowerBound
            let words = isLow ? "at least \(range.lowerBound)" : "at most \(range.upperBound)"
            throw BertError(
                .invalidArgument, "\(key) must be \(words) (got \(value))", key: key, value: .int(value),
                limit: .int(isLow ? range.lowerBound : range.upperBound))
        }
        let length = options.maximumLength ?? min(maximumLength, 384)
        let stride = options.stride ?? min(length / 2, 128)
        try check("maximumLength", length, 1...maximumLength)
        try check("stride", stride, 0...length)
        try check("topK", options.topK, 1...Int.max)
        try check("maximumAnswerLength", options.maximumAnswerLength, 1...Int.max)
        return EncodingOptions(maxLength: length, truncation: contextIsFirst ? .onlyFirst : .onlySecond, stride: stride)
    }
}

/// A collector for the answers from the windows of one context.
private struct AnswerCollector {
    private let scalars: [Unicode.Scalar]
    private let context: OffsetConverter
    private let question: OffsetConverter
    private let options: AnswerOptions
    /// The index of the context in the pair.
    private let contextID: Int32
    private var answers: [Answer] = []
    /// The indices of answers by their lower-case text, for merging equal answers.
    private var places: [[Unicode.Scalar]: Int] = [:]
    private var noAnswer = 1_000_000.0

    init(_ question: Question, _ options: AnswerOptions, contextIsFirst: Bool) {
        scalars = Array(question.context.unicodeScalars)
        context = OffsetConverter(question.context)
        self.question = OffsetConverter(question.question)
        self.options = options
        contextID = contextIsFirst ? 0 : 1
    }

    mutating func add(_ window: Encoding, _ scores: SpanScores) {
        noAnswer = min(noAnswer, scores.noAnswer)
        // Aligning spans to words maps several spans to the same answer.
        let count =
            options.alignsToWords
            ? options.topK.multipliedReportingOverflow(by: 2).partialValue + 10 : options.topK
        for span in scores.best(count, length: options.maximumAnswerLength) {
            let range = range(span, window)
            var text = String.UnicodeScalarView()
            let end = min(range.end, scalars.count)
            if range.start < end { text.append(contentsOf: scalars[range.start..<end]) }
            let answer = String(text)
            let key = Array(answer.lowercased().unicodeScalars)
            if let place = places[key] {
                answers[place].score += span.score
            } else {
                places[key] = answers.count
                answers.append(
                    Answer(score: span.score, start: range.start, end: range.end, answer: answer))
            }
        }
    }

    /// Returns the most probable answers; the first ones for ties.
    func best() -> [Answer] {
        var answers = answers
        if options.allowsNoAnswer {
            answers.append(Answer(score: noAnswer, start: 0, end: 0, answer: ""))
        }
        return ranking(answers.map(\.score)).prefix(options.topK).map { answers[$0] }
    }

    /// Returns the range of a span in the context, from the word of its first token to that of its last token.
    private func range(_ span: SpanScores.Span, _ window: Encoding) -> (start: Int, end: Int) {
        var (first, last) = (span.start, span.end)
        if options.alignsToWords, let start = tokens(ofWord: window.wordIDs[first], window),
            let end = tokens(ofWord: window.wordIDs[last], window)
        {
            (first, last) = (start.first, end.last)
        }
        func scalarOffset(_ offset: Int, _ token: Int) -> Int {
            let isOfQuestion = window.sequenceIDs[token].map { $0 != contextID } ?? false
            return (isOfQuestion ? question : context).scalarOffset(offset)
        }
        return (
            scalarOffset(window.offsets[first].lowerBound, first), scalarOffset(window.offsets[last].upperBound, last)
        )
    }

    /// Returns the first and last token in the window of a word in the context.
    private func tokens(ofWord word: Int32?, _ window: Encoding) -> (first: Int, last: Int)? {
        guard let word else { return nil }
        func isPart(_ index: Int) -> Bool {
            window.sequenceIDs[index] == contextID && window.wordIDs[index] == word
        }
        guard let first = window.ids.indices.first(where: isPart),
            let last = window.ids.indices.last(where: isPart)
        else { return nil }
        return (first, last)
    }
}

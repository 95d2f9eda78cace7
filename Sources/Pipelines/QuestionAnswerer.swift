public import BertCheckpoints
public import BertCore
import BertModels
import BertTokenizers

/// Finds the answer to a question in a text: what Hugging Face calls the question answering pipeline.
///
/// ```swift
/// let answerer = try QuestionAnswerer(folder: "roberta-base-squad2")
/// let answers = try answerer.answer([Question("Where do I live?", context: "I am Wolfgang and live in Berlin")])
/// print(answers[0][0].answer)
/// ```
public struct QuestionAnswerer: Sendable {
    private let loaded: LoadedModel<any QuestionAnsweringModel>

    /// Loads the checkpoint folder of an extractive question answerer.
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
            on: files.backend(selection, for: "QuestionAnswerer", .questionAnswering, as: className))
    }

    /// Loads a model from files, wherever they are, onto a backend.
    ///
    /// - Throws: ``BertError`` with file and key.
    public init(_ files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend) throws {
        loaded = try LoadedModel(files, for: .questionAnswering, as: className, on: backend)
    }

    /// The backend that computes.
    public var backend: BackendInfo { loaded.backend.info }
    /// The class of the model.
    public var modelName: String { loaded.name }
    /// The most tokens of a question and a window over its context, special ones included.
    public var maximumLength: Int { loaded.text.maximumLength }

    /// A call with these options: questions in, their answers out, the likeliest first.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` and the option's name in `key` for a number out of its range.
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

    /// The answers to each question, the likeliest first, in the order of the questions. Blocks the calling thread.
    ///
    /// A long context is read through windows that overlap. A question may have fewer answers than asked for, as a span
    /// that can't be one is not given.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` and the question's index in `record` if a question leaves no room
    ///   for its context; with code `invalidArgument` and the option's name in `key` for a number out of its range.
    public func answer(_ questions: [Question], options: AnswerOptions = AnswerOptions()) throws -> [[Answer]] {
        try call(options: options).outputs(of: questions)
    }

    /// As the blocking method, on ``ComputeThreads/shared``.
    ///
    /// - Throws: also `CancellationError` if the task is cancelled.
    public func answer(
        _ questions: [Question], options: AnswerOptions = AnswerOptions()
    ) async throws -> [[Answer]] {
        try await call(options: options).outputs(of: questions)
    }

    /// Whether the model reads the context before the question: as the pipeline of `transformers`, where the tokenizer pads at
    /// the left.
    private var contextIsFirst: Bool { loaded.text.tokenizer.defaults.paddingSide == .left }

    private func scores(of batch: TextBatches.Batch) throws -> [SpanScores] {
        let output = try loaded.model.forward(loaded.input(batch), answers: nil, options: ForwardOptions())
        let starts = try loaded.backend.floats(output.startLogits)
        let ends = try loaded.backend.floats(output.endLogits)
        let classification = loaded.text.tokenizer.specialTokens.classification
        // That pipeline rules out no token where the context comes first.
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

/// Collects the answers from the windows over one context.
private struct AnswerCollector {
    private let scalars: [Unicode.Scalar]
    private let context: OffsetConverter
    private let question: OffsetConverter
    private let options: AnswerOptions
    /// Which text of the pair is the context.
    private let contextID: Int32
    private var answers: [Answer] = []
    /// The answers' places by their text in lower case: equal ones are one.
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
        // Whole words make one answer of several spans.
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

    /// The likeliest; of equally likely ones the first.
    func best() -> [Answer] {
        var answers = answers
        if options.allowsNoAnswer {
            answers.append(Answer(score: noAnswer, start: 0, end: 0, answer: ""))
        }
        return ranking(answers.map(\.score)).prefix(options.topK).map { answers[$0] }
    }

    /// Where a span lies in the context, from the word of its first token to that of its last.
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

    /// The first and last token of a word of the context, as far as the window has it.
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

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
    private let task: TaskModel<any QuestionAnsweringModel>

    /// Loads a checkpoint folder of BERT, RoBERTa or DistilBERT.
    ///
    /// - Parameters:
    ///   - folder: its path.
    ///   - selection: the backend; nil leaves it to the task, then to `BERT_BACKEND`, then to `auto`.
    /// - Throws: ``BackendUnavailableError`` before anything is read; ``BertError`` that names file, key and mend.
    public init(folder: String, backend selection: BackendSelection? = nil) throws {
        let backend = try BackendRegistry.shared.backend(selection, for: "QuestionAnswerer")
        try self.init(ModelFiles(folder: folder), on: backend)
    }

    /// Loads a model from files, wherever they are, onto a backend.
    ///
    /// - Throws: ``BertError`` that names file, key and mend.
    public init(_ files: ModelFiles, on backend: any ComputeBackend) throws {
        task = try TaskModel(files, task: .questionAnswering, on: backend)
    }

    /// What it computes on.
    public var backend: BackendInfo { task.backend.info }
    /// The most tokens of a question and a window over its context, special ones included.
    public var maximumLength: Int { task.text.maximumLength }

    /// The answers to each question, the likeliest first, in the order of the questions. Blocks the calling thread.
    ///
    /// A long context is read through windows that overlap. A question may have fewer answers than asked for, as a span that
    /// can't be one is not given.
    ///
    /// - Throws: ``BertError`` with code `invalidInput`, naming the question's number, if a question leaves no room for its
    ///   context; with code `invalidArgument` for a number that is out of its range.
    public func answer(_ questions: [Question], options: AnswerOptions = AnswerOptions()) throws
        -> [[Answer]]
    {
        let windows = try windows(questions, options)
        let all = windows.flatMap { $0 }
        var scores = [SpanScores?](repeating: nil, count: all.count)
        for batch in TextBatches(all, tokenBudget: options.tokenBudget).batches {
            let output = try task.model.forward(
                task.input(batch), answers: nil, options: ForwardOptions())
            let starts = try task.backend.floats(output.startLogits)
            let ends = try task.backend.floats(output.endLogits)
            let classification = task.text.tokenizer.specialTokens.classification
            for (row, place) in batch.places.enumerated() {
                let (range, window) = (output.states.sequences[row], all[place])
                scores[place] = SpanScores(
                    starts: starts[range], ends: ends[range],
                    isCandidate: zip(window.sequenceIDs, window.ids).map { $0 == 1 || $1 == classification })
            }
        }
        var next = 0
        return zip(questions, windows).map { question, windows in
            var collector = AnswerCollector(question.context, options)
            for window in windows {
                if let scores = scores[next] { collector.add(window, scores) }
                next += 1
            }
            return collector.best()
        }
    }

    /// The answers to each question, in the order of the questions. Computes on threads of its own, as many
    /// calls at a time as there are threads.
    ///
    /// - Throws: as the blocking method; `CancellationError` if the task is cancelled.
    public func answer(
        _ questions: [Question], options: AnswerOptions = AnswerOptions()
    ) async throws -> [[Answer]] {
        try await task.threads.run { try answer(questions, options: options) as [[Answer]] }
    }

    private func windows(_ questions: [Question], _ options: AnswerOptions) throws -> [[Encoding]] {
        let length = options.maximumLength ?? min(maximumLength, 384)
        let stride = options.stride ?? min(length / 2, 128)
        func require(_ holds: Bool, _ message: @autoclosure () -> String) throws {
            if !holds { throw BertError(.invalidArgument, message()) }
        }
        try require(
            1...maximumLength ~= length,
            "windows of \(length) tokens; the model takes 1 to \(maximumLength)")
        try require(0...length ~= stride, "a stride of \(stride) tokens, where a window has \(length)")
        try require(options.topK >= 1, "topK is \(options.topK); at least 1 answer is given")
        try require(
            options.maximumAnswerLength >= 1,
            "answers of at most \(options.maximumAnswerLength) tokens; at least 1 is needed")
        let encodingOptions = EncodingOptions(
            maxLength: length, truncation: .onlySecond, stride: stride)
        return try questions.enumerated().map { index, question in
            do {
                let encoding = try task.text.tokenizer.encode(
                    question.question, pair: question.context, options: encodingOptions)
                return [encoding] + encoding.overflow
            } catch { throw BertError(.invalidInput, "question \(index)", cause: error) }
        }
    }
}

/// Collects the answers from the windows over one context.
private struct AnswerCollector {
    private let scalars: [Unicode.Scalar]
    private let converter: OffsetConverter
    private let options: AnswerOptions
    private var answers: [Answer] = []
    /// The answers' places by their text in lower case: equal ones are one.
    private var places: [[Unicode.Scalar]: Int] = [:]
    private var noAnswer = 1_000_000.0

    init(_ context: String, _ options: AnswerOptions) {
        scalars = Array(context.unicodeScalars)
        converter = OffsetConverter(context)
        self.options = options
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
            if range.start < range.end { text.append(contentsOf: scalars[range.start..<range.end]) }
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
        let sorted = answers.enumerated().sorted {
            (-$0.element.score, $0.offset) < (-$1.element.score, $1.offset)
        }
        return sorted.prefix(options.topK).map(\.element)
    }

    /// Where a span lies in the context, from the word of its first token to that of its last.
    private func range(_ span: SpanScores.Span, _ window: Encoding) -> (start: Int, end: Int) {
        var (first, last) = (span.start, span.end)
        if options.alignsToWords, let start = tokens(ofWord: window.wordIDs[first], window),
            let end = tokens(ofWord: window.wordIDs[last], window)
        {
            (first, last) = (start.first, end.last)
        }
        return (
            converter.scalarOffset(window.offsets[first].lowerBound),
            converter.scalarOffset(window.offsets[last].upperBound)
        )
    }

    /// The first and last token of a word of the context, as far as the window has it.
    private func tokens(ofWord word: Int32?, _ window: Encoding) -> (first: Int, last: Int)? {
        guard let word else { return nil }
        func isPart(_ index: Int) -> Bool {
            window.sequenceIDs[index] == 1 && window.wordIDs[index] == word
        }
        guard let first = window.ids.indices.first(where: isPart),
            let last = window.ids.indices.last(where: isPart)
        else { return nil }
        return (first, last)
    }
}

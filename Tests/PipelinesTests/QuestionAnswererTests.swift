import Bert
import BertJSON
import Foundation
import TestSupport
import Testing

@Suite struct QuestionAnswererTests {
    private static let folder = Fixtures.path("pipelines/bert-qa")

    @Test(arguments: try SpanFixture.all("question-answering"))
    func `Answers are those of Hugging Face's pipeline`(fixture: SpanFixture) throws {
        let answerer = try QuestionAnswerer(folder: fixture.model, backend: .named("reference"))
        var options = AnswerOptions()
        options.topK = try fixture.options["top_k"]?.int() ?? 1
        options.stride = try fixture.options["doc_stride"]?.int()
        options.maximumLength = try fixture.options["max_seq_len"]?.int()
        options.maximumAnswerLength = try fixture.options["max_answer_len"]?.int() ?? 15
        options.allowsNoAnswer = try fixture.options["handle_impossible_answer"]?.bool() ?? false
        options.alignsToWords = try fixture.options["align_to_words"]?.bool() ?? true
        let questions = try fixture.texts.map { pair in
            let texts = try pair.elements().map { try $0.string() }
            return Question(texts[0], context: texts[1])
        }
        let results: [[Answer]] = try answerer.answer(questions, options: options)
        #expect(results.count == fixture.results.count)
        for (index, (result, expected)) in zip(results, fixture.results).enumerated() {
            let json = try JSONValue(parsing: Array(JSONEncoder().encode(result)))
            // In Python, a single answer isn't in a list.
            let want = expected.value.arrayValue.map { JSONValue.array($0) } ?? .array([expected.value])
            #expect(difference(json, want) == nil, "question \(index)")
        }
    }

    @Test(arguments: AvailableBackends.names())
    func `Every backend and call agrees, and the JSON is read again`(backend: String) async throws {
        let answerer = try QuestionAnswerer(folder: Self.folder, backend: .named(backend))
        let questions = [
            Question("what was it?", context: "the movie was great"), Question("who?", context: "they and he and she"),
        ]
        let together: [[Answer]] = try { try answerer.answer(questions) }()
        #expect(together.allSatisfy { $0.count == 1 })
        #expect(try await answerer.answer(questions) == together)
        let alone: [[Answer]] = try questions.map { try answerer.answer([$0])[0] }
        #expect(alone.map { $0.map(\.answer) } == together.map { $0.map(\.answer) })
        #expect(try JSONDecoder().decode([[Answer]].self, from: JSONEncoder().encode(together)) == together)
    }

    @Test func `What can't be done is an error with the question's index or the option's name`() throws {
        let answerer = try QuestionAnswerer(folder: Self.folder, backend: .named("reference"))
        func failure(_ question: String = "a", _ change: (inout AnswerOptions) -> Void) throws -> BertError {
            var options = AnswerOptions()
            change(&options)
            return try #require(throws: BertError.self) {
                try answerer.answer([Question(question, context: "a film")], options: options) as [[Answer]]
            }
        }
        let guesses = try failure { $0.topK = 0 }
        #expect(guesses.code == .invalidArgument)
        #expect(guesses.key == "topK")
        #expect(try failure { $0.maximumAnswerLength = 0 }.key == "maximumAnswerLength")
        let length = try failure { $0.maximumLength = 41 }
        #expect(length.key == "maximumLength")
        #expect(length.limit == 40)
        #expect(try failure { $0.stride = 41 }.key == "stride")
        let long = try failure(String(repeating: "a ", count: 60)) { _ in }
        #expect(long.record == 0)
        #expect(long.recordKind == "question")
        var all = AnswerOptions()
        all.topK = .max
        let answers: [[Answer]] = try answerer.answer([Question("a", context: "a film")], options: all)
        #expect(answers.count == 1)
    }
}

import Bert
import BertJSON
import BertTraining
import Foundation
import TestSupport
import Testing

/// Compares encoded examples with those of `transformers`' example scripts (`scripts/generate-training-fixtures`).
@Suite struct EncodingTests {
    private static func encode(_ test: JSONValue, _ members: JSONObject) throws -> TrainingData {
        let folder = try #require(test["folder"]?.stringValue)
        let subject = try EvaluationSubject(ModelFiles(folder: Fixtures.path("pipelines/\(folder)"))) { _ in
            try BackendRegistry.shared.backend(.named("reference"))
        }
        return try subject.encode(
            [DataRecord(members)], maximumLength: try #require(test["max_length"]?.intValue),
            stride: test["stride"]?.intValue ?? 128)
    }

    private static func integers(_ value: JSONValue?) -> [Int32] {
        value?.arrayValue?.compactMap(\.intValue).map { Int32($0) } ?? []
    }

    @Test func `The first piece of a word has its label`() throws {
        for test in try #require(try MetricsTests.fixture("encodings")["words"]?.arrayValue) {
            let data = try Self.encode(
                test, ["tokens": try #require(test["tokens"]), "ner_tags": try #require(test["tags"])])
            let example = try #require(data.examples.first)
            #expect(example.sequences[0].ids == Self.integers(test["ids"]))
            #expect(example.target == .tokenLabels(Self.integers(test["labels"])))
        }
    }

    @Test func `Each window has the answer, or says that it has none`() throws {
        for test in try #require(try MetricsTests.fixture("encodings")["windows"]?.arrayValue) {
            let data = try Self.encode(
                test,
                [
                    "question": try #require(test["question"]), "context": try #require(test["context"]),
                    "answers": try #require(test["answers"]),
                ])
            let features = try #require(test["features"]?.arrayValue)
            #expect(data.examples.count == features.count)
            for (example, feature) in zip(data.examples, features) {
                #expect(example.sequences[0].ids == Self.integers(feature["ids"]))
                let (start, end) = (feature["start"]?.intValue ?? -1, feature["end"]?.intValue ?? -1)
                #expect(example.target == .span(start: Int32(start), end: Int32(end)))
            }
        }
    }

    private static func questions(_ count: Int, answeredAt starts: [Int: Int] = [:]) -> [DataRecord] {
        (0..<count).map { index in
            DataRecord(
                [
                    "question": "what ?",
                    "context": .string("a film " + String(repeating: "so it is ", count: index % 7)),
                    "answers": ["text": ["film"], "answer_start": [.int(starts[index] ?? 2)]],
                ], file: "questions.jsonl", line: index + 1)
        }
    }

    @Test func `Threads encode the examples of many records in their order`() throws {
        let subject = try EvaluationSubject(ModelFiles(folder: Fixtures.path("pipelines/bert-qa"))) { _ in
            try BackendRegistry.shared.backend(.named("reference"))
        }
        let records = Self.questions(1_300)
        let together = try subject.encode(records, maximumLength: 24, stride: 4)
        var oneByOne = TrainingData(task: together.task)
        for record in records {
            for example in try subject.encode([record], maximumLength: 24, stride: 4).examples { oneByOne.add(example) }
        }
        #expect(together.recordCount == 1_300)
        #expect(together.examples.count > 1_300)
        #expect(together.fingerprint == oneByOne.fingerprint)
    }

    @Test func `The first of several invalid records is reported`() throws {
        let subject = try EvaluationSubject(ModelFiles(folder: Fixtures.path("pipelines/bert-qa"))) { _ in
            try BackendRegistry.shared.backend(.named("reference"))
        }
        for _ in 0..<5 {
            let error = #expect(throws: BertError.self) {
                try subject.encode(
                    Self.questions(2_000, answeredAt: [700: 3, 1_100: 1, 1_900: 90]), maximumLength: 24, stride: 4)
            }
            #expect(error?.line == 701)
            #expect(error?.key == "answers")
        }
    }

    @Test func `A label for each word is needed, and an answer has to be in its context`() throws {
        let words: JSONValue = ["folder": "bert-ner", "max_length": 16]
        let few = #expect(throws: BertError.self) {
            try Self.encode(words, ["tokens": ["a", "film"], "ner_tags": [0]])
        }
        #expect(few?.key == "ner_tags")
        #expect(few?.value == 1)
        let questions: JSONValue = ["folder": "bert-qa", "max_length": 24]
        let outside = #expect(throws: BertError.self) {
            try Self.encode(
                questions,
                ["question": "what ?", "context": "a film", "answers": ["text": ["film"], "answer_start": [5]]])
        }
        #expect(outside?.key == "answers")
        #expect(outside?.value == 5)
        let other = #expect(throws: BertError.self) {
            try Self.encode(
                questions,
                ["question": "what ?", "context": "a film", "answers": ["text": ["film"], "answer_start": [1]]])
        }
        #expect(other?.key == "answers")
        #expect(other?.value == 1)
    }
}

import BertJSON
import BertTraining
import Foundation
import TestSupport
import Testing

/// Compares metrics with scikit-learn and SciPy (`scripts/generate-training-fixtures`).
@Suite struct MetricsTests {
    static func fixture(_ name: String) throws -> JSONValue {
        let path = Fixtures.path("training/\(name).json")
        return try JSONValue(parsing: String(contentsOfFile: path, encoding: .utf8))
    }

    private func cases(_ key: String) throws -> [JSONValue] {
        try #require(try Self.fixture("metrics")[key]?.arrayValue)
    }

    private func expect(_ value: Double, _ wanted: JSONValue?, _ comment: Comment? = nil) throws {
        let wanted = try #require(wanted?.doubleValue)
        #expect(abs(value - wanted) < 1e-12, comment)
    }

    private func integers(_ value: JSONValue?) -> [Int] { value?.arrayValue?.compactMap(\.intValue) ?? [] }
    private func numbers(_ value: JSONValue?) -> [Double] { value?.arrayValue?.compactMap(\.doubleValue) ?? [] }

    @Test func `Measures of classes are those of scikit-learn`() throws {
        for test in try cases("classes") {
            let (labels, predictions) = (integers(test["labels"]), integers(test["predictions"]))
            try expect(Metrics.accuracy(predictions, labels), test["accuracy"])
            try expect(Metrics.f1(predictions, labels), test["f1"])
            try expect(Metrics.macroF1(predictions, labels), test["macro_f1"])
            try expect(Metrics.matthewsCorrelation(predictions, labels), test["matthews_correlation"])
        }
    }

    @Test func `Correlations are those of SciPy, with the mean of equal ranks`() throws {
        for test in try cases("correlations") {
            let (x, y) = (numbers(test["x"]), numbers(test["y"]))
            try expect(Metrics.pearson(x, y), test["pearson"])
            try expect(Metrics.spearman(x, y), test["spearman"])
        }
    }

    @Test func `Measures of several labels are those of scikit-learn`() throws {
        for test in try cases("multi_label") {
            func rows(_ key: String) -> [[Bool]] { test[key]?.arrayValue?.map { integers($0).map { $0 == 1 } } ?? [] }
            let measured = Metrics.multiLabel(rows("predictions"), rows("labels"))
            try expect(measured.microF1, test["f1"])
            try expect(measured.accuracy, test["accuracy"])
        }
    }

    @Test func `Entities count as in CoNLL's evaluation`() throws {
        for test in try cases("entities") {
            func rows(_ key: String) -> [[String]] {
                test[key]?.arrayValue?.map { $0.arrayValue?.compactMap(\.stringValue) ?? [] } ?? []
            }
            let measured = Metrics.entities(rows("predictions"), rows("labels"))
            try expect(measured.precision, test["precision"])
            try expect(measured.recall, test["recall"])
            try expect(measured.f1, test["f1"])
            try expect(measured.accuracy, test["accuracy"])
        }
    }

    @Test func `Answers are compared as SQuAD's evaluation compares them`() {
        let measured = Metrics.answers(
            ["The Cat!", "a dog", "", "nothing", "new  york city"],
            [["cat"], ["a big dog", "the dogs"], [], [], ["York", "new york"]])
        // Exact: cat, none. F1: 1, 2/3 (dog of big dog), 1, 0, 4/5.
        #expect(abs(measured.exactMatch - 40) < 1e-9)
        #expect(abs(measured.f1 - 100 * (1 + 2.0 / 3 + 1 + 0 + 0.8) / 5) < 1e-9)
    }

    @Test func `Learning rates are those of transformers`() throws {
        let tests = try #require(try Self.fixture("schedules").arrayValue)
        #expect(tests.count == 15)
        for test in tests {
            let kind = try #require(test["kind"]?.stringValue.flatMap { ScheduleKind(rawValue: $0) })
            let schedule = LearningRateSchedule(
                kind, peak: try #require(test["peak"]?.doubleValue),
                warmupSteps: try #require(test["warmup"]?.intValue),
                totalSteps: try #require(test["total"]?.intValue))
            for (step, rate) in numbers(test["rates"]).enumerated() {
                #expect(abs(schedule.rate(step) - rate) < 1e-12, "\(kind) step \(step)")
            }
        }
    }
}

import Bert
import BertJSON
import Foundation
import TestSupport
import Testing

/// What `scripts/generate-pipeline-fixtures-classification` wrote of a task.
enum PipelineFixture {
    static func cases(_ task: String) throws -> [JSONValue] {
        let bytes = try ModelFiles(folder: Fixtures.path("pipelines")).read("classification.json")
        return try #require(JSONValue(parsing: bytes)[task]?.arrayValue)
    }

    /// The folder of a case's model.
    static func model(_ fixture: JSONValue) throws -> String {
        Fixtures.path("models/" + (try #require(fixture["model"]?.stringValue)))
    }

    /// Texts, and objects with `text` and `text_pair`.
    static func texts(_ inputs: JSONValue?) throws -> [PairedText] {
        try #require(inputs?.arrayValue).map {
            PairedText(try #require($0.stringValue ?? $0["text"]?.stringValue), pair: $0["text_pair"]?.stringValue)
        }
    }

    /// A result as JSON, by its own coding.
    static func json(_ value: some Encodable) throws -> JSONValue {
        try JSONValue(parsing: Array(JSONEncoder().encode(value)))
    }

    /// Where two values differ by more than 1e-5 in a number, or at all in anything else; nil if nowhere.
    static func difference(_ got: JSONValue, _ want: JSONValue, at place: String = "") -> String? {
        if let got = got.doubleValue, let want = want.doubleValue {
            return abs(got - want) <= 1e-5 ? nil : "\(place): \(got), not \(want)"
        }
        if let got = got.arrayValue, let want = want.arrayValue {
            guard got.count == want.count else { return "\(place): \(got.count) elements, not \(want.count)" }
            return zip(got, want).enumerated().lazy.compactMap { index, pair in
                difference(pair.0, pair.1, at: "\(place)/\(index)")
            }.first
        }
        if let got = got.objectValue, let want = want.objectValue {
            guard got.keys.sorted() == want.keys.sorted() else { return "\(place): \(got.keys), not \(want.keys)" }
            return want.keys.lazy.compactMap { key in
                difference(got[key] ?? .null, want[key] ?? .null, at: "\(place)/\(key)")
            }.first
        }
        return got == want ? nil : "\(place): \(got), not \(want)"
    }
}

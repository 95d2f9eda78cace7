import Bert
import BertJSON
import TestSupport
import Testing

/// What sentence-transformers gave: `scripts/generate-pipeline-fixtures-embeddings`.
enum EmbeddingFixture {
    static func json() throws -> JSONValue {
        try JSONValue(parsing: ModelFiles(folder: Fixtures.path("pipelines")).read("embeddings.json"))
    }

    static func texts(_ json: JSONValue) throws -> [String] {
        try #require(json["texts"]?.arrayValue).compactMap(\.stringValue)
    }

    /// Rows of numbers.
    static func matrix(_ json: JSONValue?) throws -> [[Float]] {
        try #require(json?.arrayValue).map { row in
            try #require(row.arrayValue).map { Float(try #require($0.doubleValue)) }
        }
    }

    /// Where rows differ by more than 1e-5; nil if nowhere.
    static func difference(_ got: [[Float]], _ want: [[Float]]) -> String? {
        guard got.map(\.count) == want.map(\.count) else { return "another shape" }
        return Tolerance(absolute: 1e-5, relative: 0).mismatch(Array(got.joined()), Array(want.joined()))
    }
}

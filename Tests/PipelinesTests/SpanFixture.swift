import Bert
import BertJSON
import TestSupport
import Testing

/// What Hugging Face's pipelines gave: `scripts/generate-pipeline-fixtures-spans`.
struct SpanFixture: CustomTestStringConvertible {
    let model: String
    let texts: [JSONNode]
    let options: JSONNode
    let results: [JSONNode]
    let testDescription: String

    /// The cases of a pipeline.
    static func all(_ task: String) throws -> [SpanFixture] {
        let json = try JSONNode(
            parsing: ModelFiles(folder: Fixtures.path("pipelines")).read("spans.json"), source: "spans.json")
        return try json.elements().filter { try $0.required("task").string() == task }.map { node in
            let (model, options) = (try node.required("model").string(), try node.required("options"))
            return SpanFixture(
                model: Fixtures.path(model), texts: try node.required("texts").elements(), options: options,
                results: try node.required("results").elements(),
                testDescription: "\(model) \(options.value.serialized())")
        }
    }
}

/// Where two results differ: in numbers that are not whole by more than 1e-5, in anything else at all.
func difference(_ got: JSONValue, _ want: JSONValue, _ path: String = "") -> String? {
    switch (got, want) {
    case (.array(let got), .array(let want)):
        guard got.count == want.count else { return "\(path): \(got.count) elements, not \(want.count)" }
        for (index, (got, want)) in zip(got, want).enumerated() {
            if let found = difference(got, want, "\(path)[\(index)]") { return found }
        }
        return nil
    case (.object(let got), .object(let want)):
        let keys = got.map(\.key).sorted()
        guard keys == want.map(\.key).sorted() else { return "\(path): members \(keys)" }
        for key in keys {
            if let got = got[key], let want = want[key], let found = difference(got, want, "\(path).\(key)") {
                return found
            }
        }
        return nil
    case (.number(let got), .number(let want)) where path.hasSuffix("score"):
        return abs(got.doubleValue - want.doubleValue) <= 1e-5 ? nil : "\(path): \(got), not \(want)"
    default:
        return got == want ? nil : "\(path): \(got.serialized()), not \(want.serialized())"
    }
}

import BertJSON
import TestSupport
import Testing

@Suite struct InspectTests {
    @Test func `A folder is described without any backend`() throws {
        let run = try BertProgram.run(
            "inspect", Fixtures.path("models/deebert"), "--json",
            environment: ["BERT_DISABLE_BACKENDS": "reference,openblas,onednn"])
        #expect(run.code == 0, "\(run.errors)")
        let json = try run.json()
        #expect(json["class"] == "DeeBertForSequenceClassification")
        #expect(json["off_ramps"] == 4)
        #expect(json["labels"]?.arrayValue?.count == 3)
        #expect((json["memory"]?["float32"]?.intValue ?? 0) == 4 * (json["parameters"]?.intValue ?? -1))
    }

    @Test func `People get a line for each fact, and an error for a folder that is none`() throws {
        let run = try BertProgram.run("inspect", Fixtures.path("models/bert-base"))
        #expect(run.lines.first?.hasPrefix("class") == true)
        #expect(run.output.contains("BertModel"))
        let none = try BertProgram.run("inspect", "/no/such/folder")
        #expect(none.code == 1)
        #expect(none.errors.contains("/no/such/folder"))
    }
}

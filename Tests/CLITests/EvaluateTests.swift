import BertCore
import BertJSON
import Foundation
import TestSupport
import Testing

/// Tests of `bert evaluate`.
@Suite struct EvaluateTests {
    private static let model = Fixtures.packageFolder + "/Sources/CDemoModel/tiny-sst2-deebert"

    @Test func `Accuracies of all layers are those that Python found`() throws {
        let exits = try JSONValue(parsing: String(contentsOfFile: Fixtures.path("sst2/exits.json"), encoding: .utf8))
        let wanted = try #require(exits["accuracy_by_off_ramp"]?.arrayValue).compactMap(\.doubleValue)
        let found = try BertProgram.run(
            "evaluate", "--model", Self.model, "--file", Fixtures.path("sst2/test.tsv"), "--per-layer", "--json"
        ).json()
        #expect(found["task"] == "classification")
        #expect(found["samples"] == 872)
        let layers = try #require(found["layers"]?.arrayValue)
        #expect(layers.map { $0["layer"]?.intValue } == [1, 2, 3, 4, 5, 6])
        for (layer, wanted) in zip(layers, wanted) {
            // Rounding may decide the result of a text with almost equal logits.
            #expect(abs(try #require(layer["accuracy"]?.doubleValue) - wanted) < 1.5 / 872)
        }
        #expect(
            abs(try #require(found["accuracy"]?.doubleValue) - (try #require(exits["accuracy_full"]?.doubleValue)))
                < 1.5 / 872)
        for name in ["loss", "f1", "macro_f1", "matthews_correlation"] { #expect(found[name]?.doubleValue != nil) }
    }

    @Test func `A policy is followed, and where texts leave is told`() throws {
        let found = try BertProgram.run(
            "evaluate", "--model", Self.model, "--file", Fixtures.path("sst2/test.tsv"), "--max-eval-samples", "40",
            "--exit-layer", "2", "--json"
        ).json()
        #expect(found["mean_exit_layer"]?.doubleValue == 2)
        #expect(found["samples"] == 40)
    }

    @Test func `What can't be measured is refused`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Array("sentence\tlabel\nfilm\t2\n".utf8), to: "data.tsv")
        let outside = try BertProgram.run("evaluate", "--model", Self.model, "--file", file)
        outside.expect(
            .invalidInput, file: file, key: "label", line: 2, column: 6, value: 2, choices: ["negative", "positive"])
        let plain = try BertProgram.run(
            "evaluate", "--model", Fixtures.path("models/bert-seqcls-single"), "--file", file, "--per-layer")
        plain.expect(.invalidArgument, key: "--per-layer")
        #expect(try BertProgram.run("evaluate", "--model", Self.model, "--file", file, "--task", "poetry").code == 64)
    }
}

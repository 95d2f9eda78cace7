import Bert
import BertCheckpoints
import TestSupport
import Testing

@testable import BertTraining

/// The initial parameters of new models.
@Suite struct NewModelTests {
    private func stores(
        _ folder: String, seed: UInt64 = 5
    ) throws -> (specs: [ParameterSpec], outputs: [String], normal: ParameterStore, random: ParameterStore) {
        let files = try ModelFiles(folder: Fixtures.path("models/\(folder)"))
        var config = try BertConfig(files)
        let type = try ModelCatalogue.shared.entry(ModelCatalogue.shared.className(for: config)).modelType
        let specs = try type.parameterSpecs(config)
        let normal = try type.parameterStore(
            &config, Checkpoint.empty(files), options: LoadingOptions(missing: .initialise(seed: seed)))
        let outputs = try type.residualOutputs(config)
        return (
            specs, outputs, normal, normal.withXavierMatrices(of: specs, residualOutputs: outputs, seed: seed)
        )
    }

    private func floats(_ store: ParameterStore, _ name: String) throws -> [Float] {
        try #require(store[name]).float32().withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }

    @Test(arguments: ["deebert", "pabee-albert", "bert-mlm", "exits-mpnet", "deberta-v2-base", "bert-qa"])
    func `Matrices of linear layers and classifiers are uniform, and embeddings are not`(folder: String) throws {
        let (specs, residualOutputs, normal, random) = try stores(folder)
        var classifiers = 0
        for spec in specs where random[spec.name] != nil {
            let values = try floats(random, spec.name)
            guard spec.shape.count == 2, spec.tiedTo == nil, !spec.name.contains("embeddings"),
                !spec.name.contains("relative_attention_bias")
            else {
                #expect(try values == floats(normal, spec.name), "\(spec.name)")
                continue
            }
            let (outputs, inputs) = (Double(spec.shape[0]), Double(spec.shape[1]))
            let isClassifier = outputs < 8
            let branches = residualOutputs.count { "\($0).weight" == spec.name } > 0 ? residualOutputs.count : 1
            let bound = Float(
                isClassifier
                    ? 1 / inputs.squareRoot() : (6 / (inputs + outputs)).squareRoot() / Double(branches).squareRoot())
            #expect(values.allSatisfy { abs($0) <= bound }, "\(spec.name)")
            #expect(values.contains { $0 > 0.8 * bound } && values.contains { $0 < -0.8 * bound }, "\(spec.name)")
            #expect(Set(values).count > values.count * 9 / 10, "\(spec.name)")
            let square = values.reduce(0) { $0 + Double($1 * $1) } / Double(values.count)
            if values.count > 1_000 { #expect(abs(3 * square / Double(bound * bound) - 1) < 0.1, "\(spec.name)") }
            classifiers += isClassifier ? 1 : 0
        }
        #expect((classifiers > 0) == (folder != "bert-mlm" && folder != "deberta-v2-base"))
    }

    @Test(arguments: [
        ("deebert", ["bert.encoder.layer.0.attention.output.dense", "bert.encoder.layer.0.output.dense"], 8),
        ("bert-base", ["encoder.layer.0.attention.output.dense", "encoder.layer.0.output.dense"], 6),
        ("distilbert-seqcls", ["distilbert.transformer.layer.0.attention.out_lin"], 6),
        ("exits-modernbert", ["model.layers.0.attn.Wo", "model.layers.0.mlp.Wo"], 10),
    ])
    func `The outputs of residual branches are known for each class`(folder: String, names: [String], count: Int) throws
    {
        let (specs, outputs, _, _) = try stores(folder)
        #expect(Set(names).isSubset(of: outputs))
        #expect(outputs.count == count)
        #expect(Set(outputs.map { "\($0).weight" }).isSubset(of: specs.map(\.name)))
    }

    @Test func `Values are a function of the seed and the parameter`() throws {
        let (specs, _, _, random) = try stores("deebert")
        let (_, _, _, again) = try stores("deebert")
        let (_, _, _, other) = try stores("deebert", seed: 6)
        let names = specs.map(\.name).filter { $0.hasSuffix("query.weight") }
        for name in names {
            #expect(try floats(random, name) == floats(again, name))
            #expect(try floats(random, name) != floats(other, name))
        }
        #expect(Set(try names.map { try floats(random, $0) }).count == names.count)
    }
}

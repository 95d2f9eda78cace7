import BackendReference
import Bert
import BertJSON
import TestSupport
import Testing

/// Tests models with pruned heads.
@Suite struct PruningTests {
    static let heads = [0: [1, 3], 2: [0]]
    static let tolerance = Tolerance(absolute: 1e-5, relative: 1e-4)

    private func load(_ name: String, on backend: String = "reference") throws -> any BertPreTrainedModel {
        let config = try BertConfig(ModelFiles(folder: Fixtures.path("models/\(name)")))
        return try ModelCatalogue.shared.resolve(ModelCatalogue.shared.className(for: config), backend: .named(backend))
            .fromPretrained(Fixtures.path("models/\(name)"))
    }

    /// Returns the outputs for two sequences, one of which has padding.
    private func outputs(
        _ model: any BertPreTrainedModel, attentions: Bool = false, headMask: [Float]? = nil
    ) throws -> [NamedTensor] {
        let config = try model.config
        var inputs = [
            NamedTensor("input_ids", integers: [2, 7, 8, 9, 3, 2, 11, 3, 1, 1], shape: [2, 5]),
            NamedTensor("attention_mask", integers: [Int64](repeating: 1, count: 8) + [0, 0], shape: [2, 5]),
        ]
        if let headMask {
            inputs.append(
                NamedTensor("head_mask", floats: headMask, shape: [config.numHiddenLayers, config.numAttentionHeads]))
        }
        return try model.namedOutputs(ForwardRequest(inputs, attentions: attentions))
    }

    private func expectSame(
        _ got: [NamedTensor], _ want: [NamedTensor], tolerance: Tolerance = PruningTests.tolerance
    ) throws {
        #expect(got.map(\.name) == want.map(\.name))
        #expect(got.count > 0)
        for (got, want) in zip(got, want) {
            #expect(got.shape == want.shape)
            switch (got.values, want.values) {
            case (.floats(let left), .floats(let right)):
                let problem = tolerance.mismatch(left, right)
                #expect(problem == nil, "\(got.name)")
            case (.integers(let left), .integers(let right)): #expect(left == right)
            default: Issue.record("\(got.name) has another type")
            }
        }
    }

    @Test(
        arguments: AvailableBackends.names(),
        ["bert-base", "bert-mlm", "bert-lm-cross-attention", "roberta-seqcls", "deebert", "pabee-bert"])
    func `a model without some heads is the model with those heads masked`(backend: String, name: String) throws {
        let model = try load(name, on: backend)
        let config = try model.config
        var mask = [Float](repeating: 1, count: config.numHiddenLayers * config.numAttentionHeads)
        for (layer, heads) in Self.heads { for head in heads { mask[layer * config.numAttentionHeads + head] = 0 } }
        let pruned = try model.pruneHeads(Self.heads)
        try expectSame(outputs(pruned), outputs(model, headMask: mask))
        // A mask with the heads' original numbers still has the correct size.
        try expectSame(outputs(pruned, headMask: mask), outputs(pruned), tolerance: Tolerance(absolute: 0, relative: 0))
    }

    @Test func `the configuration remembers, parameters shrink, and the model itself stays`() throws {
        let model = try load("bert-base")
        let before = try outputs(model)
        let pruned = try model.pruneHeads(Self.heads)
        #expect(try pruned.config.prunedHeads == [0: [1, 3], 2: [0]])
        #expect(try model.config.prunedHeads == [:])
        try expectSame(outputs(model), before, tolerance: Tolerance(absolute: 0, relative: 0))
        let shapes = try ["query.weight", "value.bias"].map {
            try pruned.parameters["encoder.layer.0.attention.self.\($0)"]?.shape
        }
        #expect(shapes == [[16, 32], [16]])
        #expect(try pruned.parameters["encoder.layer.2.attention.output.dense.weight"]?.shape == [32, 24])
        #expect(try pruned.parameters["encoder.layer.1.attention.output.dense.weight"]?.shape == [32, 32])
    }

    @Test func `attentions are given for the heads that are left`() throws {
        let pruned = try load("bert-base").pruneHeads(Self.heads)
        let attentions = try outputs(pruned, attentions: true).filter { $0.name.hasPrefix("attentions") }
        #expect(attentions.map(\.shape) == [[2, 2, 5, 5], [2, 4, 5, 5], [2, 3, 5, 5]])
    }

    @Test func `heads keep their original numbers when more are pruned`() throws {
        let model = try load("bert-base")
        let steps = try model.pruneHeads([0: [1]]).pruneHeads([0: [1, 3]]).pruneHeads([2: [0], 1: []])
        let once = try model.pruneHeads(Self.heads)
        #expect(try steps.config.prunedHeads == once.config.prunedHeads)
        try expectSame(outputs(steps), outputs(once), tolerance: Tolerance(absolute: 0, relative: 0))
    }

    @Test func `a pruned model is saved and loaded again`() throws {
        try withTemporaryFolder { folder in
            let pruned = try load("bert-base").pruneHeads(Self.heads)
            try pruned.savePretrained(folder)
            let text = try String(decoding: fileBytes("\(folder)/config.json"), as: UTF8.self)
            let config = try JSONValue(parsing: Array(text.utf8))
            #expect(config["pruned_heads"] == ["0": [1, 3], "2": [0]])
            let loaded = try BertModel.fromPretrained(folder, backend: .named("reference"))
            #expect(loaded.parameters.report.isClean)
            try expectSame(outputs(loaded), outputs(pruned), tolerance: Tolerance(absolute: 0, relative: 0))
            #expect(try loaded.pruneHeads([0: [0]]).config.prunedHeads == [0: [0, 1, 3], 2: [0]])
        }
    }

    static let wrong: [(heads: [Int: [Int]], key: String, value: BertError.Value?)] = [
        ([3: [0]], "pruned_heads", 3), ([-1: [0]], "pruned_heads", -1), ([1: [4]], "pruned_heads.1", 4),
        ([1: [-1]], "pruned_heads.1", -1), ([0: [0, 1, 2, 3]], "pruned_heads.0", nil),
    ]

    @Test(arguments: wrong.indices) func `heads that are not there can't be pruned`(index: Int) throws {
        let (heads, key, value) = Self.wrong[index]
        let model = try load("bert-base")
        expectError(.invalidConfiguration, key: key, value: value) { try model.pruneHeads(heads) }
    }

    @Test func `shared heads can't be pruned`() throws {
        let model = try load("pabee-albert")
        let error = #expect(throws: BertError.self) { try model.pruneHeads([0: [0]]) }
        #expect(error?.code == .unsupported)
    }
}

import Bert
import TestSupport
import Testing

/// Tests that errors of invalid named inputs name the input and the requirement.
struct NamedInputErrorTests {
    private static let ids = NamedTensor("input_ids", integers: [1, 2, 3, 4], shape: [2, 2])

    /// A request that doesn't fit, and the fields of its error.
    struct Misfit: CustomTestStringConvertible {
        var folder = "bert-base"
        let inputs: [NamedTensor]
        var sequence: Int?
        var key: String?
        var value: BertError.Value?
        var limit: BertError.Value?
        var testDescription: String { "\(folder) \(key ?? "") \(value.map { "\($0)" } ?? "")" }
    }

    private func expectError(_ misfit: Misfit) throws {
        let model = try ModelCatalogue.shared.fromPretrained(
            Fixtures.path("models/\(misfit.folder)"), backend: "reference")
        TestSupport.expectError(
            .invalidInput, record: misfit.sequence, key: misfit.key, value: misfit.value, limit: misfit.limit
        ) { try model.namedOutputs(ForwardRequest(misfit.inputs)) }
    }

    private static func tensor(_ name: String, _ values: [Int64], _ shape: [Int]) -> NamedTensor {
        NamedTensor(name, integers: values, shape: shape)
    }

    private static func floats(_ name: String, _ values: [Float], _ shape: [Int]) -> NamedTensor {
        NamedTensor(name, floats: values, shape: shape)
    }

    static let misfits: [Misfit] = [
        Misfit(inputs: []), Misfit(inputs: [ids, ids], key: "input_ids"),
        Misfit(inputs: [ids, floats("inputs_embeds", [Float](repeating: 0, count: 128), [2, 2, 32])]),
        Misfit(inputs: [tensor("input_idds", [1], [1, 1])], key: "input_idds"),
        Misfit(inputs: [ids, tensor("labels", [1, 1], [2])], key: "labels"),
        Misfit(
            inputs: [tensor("input_ids", [1, 2], [2])], key: "input_ids", value: "[2]", limit: "[batch, sequence]"),
        Misfit(inputs: [tensor("input_ids", [1, 2], [2, 2])], key: "input_ids", value: 2),
        Misfit(inputs: [tensor("input_ids", [], [1 << 32, 1 << 32])], key: "input_ids", value: 0),
        Misfit(inputs: [tensor("input_ids", [1], [-1, -1])], key: "input_ids", value: 1),
        Misfit(inputs: [tensor("input_ids", [], [2_000_000_000, 0])], value: "[2000000000, 0]"),
        Misfit(inputs: [floats("input_ids", [1, 2], [1, 2])], key: "input_ids"),
        Misfit(inputs: [tensor("input_ids", [1 << 40, 0], [1, 2])], key: "input_ids", value: .int(1 << 40)),
        Misfit(inputs: [tensor("input_ids", [1, 124], [1, 2])], sequence: 0, key: "input_ids", value: 124),
        Misfit(
            inputs: [tensor("input_ids", [Int64](repeating: 1, count: 41), [1, 41])], sequence: 0, value: 41, limit: 40),
        Misfit(
            inputs: [floats("inputs_embeds", [0, 0], [1, 2, 1])], key: "inputs_embeds", value: "[1, 2, 1]",
            limit: "[batch, sequence, 32]"),
        Misfit(
            inputs: [ids, tensor("attention_mask", [1, 1], [2, 1])], key: "attention_mask", value: "[2, 1]",
            limit: "[2, 2], or [2, 2, 2]"),
        Misfit(inputs: [ids, tensor("attention_mask", [1, 1, 2, 1], [2, 2])], key: "attention_mask", value: 2.0),
        Misfit(inputs: [ids, floats("attention_mask", [1, 1, .nan, 1], [2, 2])], key: "attention_mask"),
        Misfit(inputs: [ids, tensor("token_type_ids", [0, 0], [1, 2])], key: "token_type_ids", value: "[1, 2]"),
        Misfit(
            inputs: [ids, tensor("token_type_ids", [0, 0, 0, 2], [2, 2])], sequence: 1, key: "token_type_ids", value: 2,
            limit: 2),
        Misfit(inputs: [ids, tensor("position_ids", [0, 40], [1, 2])], sequence: 0, key: "position_ids", value: 40),
        Misfit(inputs: [ids, tensor("position_ids", [0, -1], [1, 2])], sequence: 0, key: "position_ids", value: -1),
        Misfit(
            inputs: [ids, tensor("head_mask", [1, 1], [2])], key: "head_mask", value: "[2]", limit: "[4] or [3, 4]"),
        Misfit(inputs: [ids, tensor("encoder_attention_mask", [1, 1], [2, 1])], key: "encoder_attention_mask"),
        Misfit(
            inputs: [ids, floats("encoder_hidden_states", [Float](repeating: 0, count: 64), [2, 1, 32])],
            key: "encoder_hidden_states"),
    ]

    @Test(arguments: misfits)
    func `an input that doesn't fit is named`(misfit: Misfit) throws { try expectError(misfit) }

    /// Returns labels that don't fit, and the fields of the error.
    private static func wrong(
        _ folder: String, _ labels: NamedTensor, value: BertError.Value? = nil, limit: BertError.Value? = nil
    ) -> Misfit {
        Misfit(folder: folder, inputs: [ids, labels], key: "labels", value: value, limit: limit)
    }

    static let wrongLabels: [Misfit] = [
        wrong("bert-seqcls-single", tensor("labels", [0, 3], [2]), value: 3, limit: 2),
        wrong("bert-seqcls-single", tensor("labels", [0, -1], [2]), value: -1, limit: 2),
        wrong("bert-seqcls-single", tensor("labels", [0, 1, 2], [3]), value: "[3]", limit: "[2] or [2, 3]"),
        wrong("bert-seqcls-single", floats("labels", [0.5, 1], [2])),
        wrong("bert-seqcls-multi", floats("labels", [0.5, 1], [2]), value: 2, limit: 8),
        wrong("bert-token-cls", tensor("labels", [0, 1], [2]), value: "[2]", limit: "[2, 2]"),
        wrong("bert-token-cls", tensor("labels", [0, 1, 2, 3], [2, 2]), value: 3),
        wrong("bert-token-cls", floats("labels", [0, 1, 2, 2], [2, 2])),
        wrong("bert-mlm", tensor("labels", [0, 1, 2, 124], [2, 2]), value: 124),
        wrong("bert-nsp", tensor("labels", [0, 2], [2]), value: 2, limit: 1),
        wrong("bert-lm", tensor("labels", [0, 999, 0, 0], [2, 2]), value: 999),
        wrong("deebert", tensor("labels", [0, 7], [2]), value: 7),
        wrong("pabee-albert", floats("labels", [0.5, 1], [2])),
    ]

    @Test(arguments: wrongLabels)
    func `labels that don't fit are an error`(misfit: Misfit) throws { try expectError(misfit) }

    @Test func `answers are as many as sequences`() throws {
        let starts = NamedTensor("start_positions", integers: [0, 1, 1], shape: [3])
        let ends = NamedTensor("end_positions", integers: [0, 1], shape: [2])
        try expectError(
            Misfit(
                folder: "bert-qa", inputs: [Self.ids, starts, ends], key: "start_positions", value: "[3]",
                limit: "[2] or [2, 1]"))
        let model = try BertForQuestionAnswering.fromPretrained(Fixtures.path("models/bert-qa"), backend: "reference")
        TestSupport.expectError(.invalidInput, key: "end_positions", value: 0, limit: 1) {
            try model.forward(ModelInput(ids: [[1, 2]]), answers: AnswerSpans(starts: [0], ends: []))
        }
    }

    @Test func `questions and choices have to fit`() throws {
        try expectError(
            Misfit(
                folder: "bert-multiple-choice", inputs: [Self.ids], key: "input_ids", value: "[2, 2]",
                limit: "[batch, choices, sequence]"))
        let choices = NamedTensor("input_ids", integers: [1, 2, 3, 4], shape: [2, 2, 1])
        let labels = NamedTensor("labels", integers: [0, 2], shape: [2])
        try expectError(
            Misfit(folder: "bert-multiple-choice", inputs: [choices, labels], key: "labels", value: 2, limit: 1))
        let model = try BertForMultipleChoice.fromPretrained(
            Fixtures.path("models/bert-multiple-choice"), backend: "reference")
        for count in [0, 3, -1] {
            TestSupport.expectError(.invalidInput, key: "choices", value: .int(count)) {
                try model.forward(ModelInput(ids: [[1], [2]]), choices: count)
            }
        }
    }

    @Test func `an encoder's states have to fit the decoder`() throws {
        let states = NamedTensor("encoder_hidden_states", floats: [Float](repeating: 0, count: 96), shape: [1, 3, 32])
        try expectError(
            Misfit(
                folder: "bert-lm-cross-attention", inputs: [Self.ids, states], key: "encoder_hidden_states",
                value: "[1, 3, 32]", limit: "[2, encoder's sequence, 32]"))
        let right = NamedTensor("encoder_hidden_states", floats: [Float](repeating: 0, count: 64), shape: [2, 1, 32])
        let mask = NamedTensor("encoder_attention_mask", integers: [1, 1, 1, 1], shape: [2, 2])
        try expectError(
            Misfit(
                folder: "bert-lm-cross-attention", inputs: [Self.ids, right, mask], key: "encoder_attention_mask",
                value: "[2, 2]", limit: "[2, 1]"))
        let model = try BertLMHeadModel.fromPretrained(
            Fixtures.path("models/bert-lm-cross-attention"), backend: "reference")
        var input = ModelInput(ids: [[1], [2]])
        for (encoder, value, limit) in [
            (EncoderInput(states: [0], lengths: [1]), 1, 2), (EncoderInput(states: [0], lengths: [1, 1]), 1, 64),
            (EncoderInput(states: [], lengths: [-1, 1]), -1, nil),
            (EncoderInput(states: [], lengths: [.max, .max]), .int(.max), nil),
        ] as [(EncoderInput, BertError.Value, BertError.Value?)] {
            input.encoder = encoder
            TestSupport.expectError(
                .invalidInput, key: limit.map { _ in "encoder_hidden_states" }, value: value, limit: limit
            ) { try model.forward(input) }
        }
    }

    @Test func `a model that can't be left early has no policy`() throws {
        let model = try BertModel.fromPretrained(Fixtures.path("models/bert-base"), backend: "reference")
        TestSupport.expectError(.invalidArgument, key: "policy") {
            try model.namedOutputs(ForwardRequest([Self.ids], policy: .entropy(0.5)))
        }
        #expect(throws: Never.self) { try model.namedOutputs(ForwardRequest([Self.ids], policy: .never)) }
    }

    @Test func `a batch of no sequences gives outputs of no rows`() throws {
        let model = try ModelCatalogue.shared.fromPretrained(Fixtures.path("models/bert-base"), backend: "reference")
        let outputs = try model.namedOutputs(
            ForwardRequest(
                [NamedTensor("input_ids", integers: [Int64](), shape: [0, 4])], hiddenStates: true, attentions: true))
        #expect(outputs.first?.name == "last_hidden_state")
        #expect(outputs.allSatisfy { $0.shape.first == 0 })
    }
}

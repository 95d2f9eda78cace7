import Bert
import TestSupport
import Testing

/// Tests that errors of invalid named inputs name the input and the requirement.
struct NamedInputErrorTests {
    private static let ids = NamedTensor("input_ids", integers: [1, 2, 3, 4], shape: [2, 2])

    private func expectError(_ folder: String, _ request: ForwardRequest, _ words: String) throws {
        let model = try ModelCatalogue.shared.fromPretrained(Fixtures.path("models/\(folder)"), backend: "reference")
        let error = #expect(throws: BertError.self) { try model.namedOutputs(request) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "") instead of \(words)")
    }

    private static let misfits: [([NamedTensor], String)] = [
        ([], "use either input_ids or inputs_embeds"),
        ([ids, ids], "the input input_ids appears twice"),
        (
            [ids, NamedTensor("inputs_embeds", floats: [Float](repeating: 0, count: 128), shape: [2, 2, 32])],
            "use either"
        ),
        ([NamedTensor("input_idds", integers: [1], shape: [1, 1])], "did you mean input_ids?"),
        ([ids, NamedTensor("labels", integers: [1, 1], shape: [2])], "BertModel has no input labels"),
        ([NamedTensor("input_ids", integers: [1, 2], shape: [2])], "has the shape [2]; expected [batch, sequence]"),
        ([NamedTensor("input_ids", integers: [1, 2], shape: [2, 2])], "2 values don't match the shape [2, 2]"),
        ([NamedTensor("input_ids", integers: [Int64](), shape: [1 << 32, 1 << 32])], "don't match"),
        ([NamedTensor("input_ids", integers: [1], shape: [-1, -1])], "don't match"),
        ([NamedTensor("input_ids", integers: [Int64](), shape: [2_000_000_000, 0])], "have no tokens"),
        ([NamedTensor("input_ids", floats: [1.0, 2.0], shape: [1, 2])], "input_ids must contain integers"),
        ([NamedTensor("input_ids", integers: [1 << 40, 0], shape: [1, 2])], "input_ids can't hold 1099511627776"),
        (
            [NamedTensor("input_ids", integers: [1, 124], shape: [1, 2])],
            "input_ids of sequence 0 has the value 124 at position 1"
        ),
        (
            [NamedTensor("input_ids", integers: [Int64](repeating: 1, count: 41), shape: [1, 41])],
            "the model supports at most 40"
        ),
        ([NamedTensor("inputs_embeds", floats: [0.0, 0.0], shape: [1, 2, 1])], "expected [batch, sequence, 32]"),
        ([ids, NamedTensor("attention_mask", integers: [1, 1], shape: [2, 1])], "expected [2, 2], or [2, 2, 2]"),
        ([ids, NamedTensor("attention_mask", integers: [1, 1, 2, 1], shape: [2, 2])], "zeros and ones, not 2.0"),
        (
            [ids, NamedTensor("attention_mask", floats: [1, 1, Float.nan, 1], shape: [2, 2])], "zeros and ones, not nan"
        ),
        (
            [ids, NamedTensor("token_type_ids", integers: [0, 0], shape: [1, 2])], "token_type_ids has the shape [1, 2]"
        ),
        (
            [ids, NamedTensor("token_type_ids", integers: [0, 0, 0, 2], shape: [2, 2])],
            "the model's type_vocab_size is 2"
        ),
        (
            [ids, NamedTensor("position_ids", integers: [0, 40], shape: [1, 2])],
            "position_ids of sequence 0 has the value 40 at position 1"
        ),
        (
            [ids, NamedTensor("position_ids", integers: [0, -1], shape: [1, 2])],
            "position_ids of sequence 0 has the value -1"
        ),
        (
            [ids, NamedTensor("head_mask", integers: [1, 1], shape: [2])],
            "head_mask has the shape [2]; expected [4] or [3, 4]"
        ),
        (
            [ids, NamedTensor("encoder_attention_mask", integers: [1, 1], shape: [2, 1])],
            "requires encoder_hidden_states"
        ),
        (
            [ids, NamedTensor("encoder_hidden_states", floats: [Float](repeating: 0, count: 64), shape: [2, 1, 32])],
            "is not supported by this model"
        ),
    ]

    @Test(arguments: misfits)
    func `an input that doesn't fit is named`(inputs: [NamedTensor], words: String) throws {
        try expectError("bert-base", ForwardRequest(inputs), words)
    }

    private static let wrongLabels: [(String, NamedTensor, String)] = [
        (
            "bert-seqcls-single", NamedTensor("labels", integers: [0, 3], shape: [2]),
            "labels has the value 3 at position 1; classes are 0 to 2"
        ),
        (
            "bert-seqcls-single", NamedTensor("labels", integers: [0, -1], shape: [2]),
            "labels has the value -1 at position 1"
        ),
        ("bert-seqcls-single", NamedTensor("labels", integers: [0, 1, 2], shape: [3]), "expected [2] or [2, 3]"),
        (
            "bert-seqcls-single", NamedTensor("labels", floats: [0.5, 1], shape: [2]),
            "labels must be integers, one class per sequence"
        ),
        (
            "bert-seqcls-multi", NamedTensor("labels", floats: [0.5, 1], shape: [2]),
            "labels has 2 values; expected 8"
        ),
        (
            "bert-token-cls", NamedTensor("labels", integers: [0, 1], shape: [2]),
            "labels has the shape [2]; expected [2, 2]"
        ),
        (
            "bert-token-cls", NamedTensor("labels", integers: [0, 1, 2, 3], shape: [2, 2]),
            "labels has the value 3 at position 3"
        ),
        (
            "bert-token-cls", NamedTensor("labels", floats: [0.0, 1, 2, 2], shape: [2, 2]),
            "labels must contain integers"
        ),
        (
            "bert-mlm", NamedTensor("labels", integers: [0, 1, 2, 124], shape: [2, 2]),
            "labels has the value 124 at position 3"
        ),
        (
            "bert-nsp", NamedTensor("labels", integers: [0, 2], shape: [2]),
            "labels has the value 2 at position 1; classes are 0 to 1"
        ),
        (
            "bert-lm", NamedTensor("labels", integers: [0, 999, 0, 0], shape: [2, 2]),
            "labels has the value 999 at position 0"
        ),
        ("deebert", NamedTensor("labels", integers: [0, 7], shape: [2]), "labels has the value 7 at position 1"),
        (
            "pabee-albert", NamedTensor("labels", floats: [0.5, 1], shape: [2]),
            "labels must be integers, one class per sequence"
        ),
    ]

    @Test(arguments: wrongLabels)
    func `labels that don't fit are an error`(folder: String, labels: NamedTensor, words: String) throws {
        try expectError(folder, ForwardRequest([Self.ids, labels]), words)
    }

    @Test func `answers are as many as sequences`() throws {
        let starts = NamedTensor("start_positions", integers: [0, 1, 1], shape: [3])
        let ends = NamedTensor("end_positions", integers: [0, 1], shape: [2])
        try expectError("bert-qa", ForwardRequest([Self.ids, starts, ends]), "expected [2] or [2, 1]")
        let model = try BertForQuestionAnswering.fromPretrained(Fixtures.path("models/bert-qa"), backend: "reference")
        let error = #expect(throws: BertError.self) {
            try model.forward(ModelInput(ids: [[1, 2]]), answers: AnswerSpans(starts: [0], ends: []))
        }
        #expect(error?.message == "end_positions has 0 values for 1 sequences")
    }

    @Test func `questions and choices have to fit`() throws {
        try expectError("bert-multiple-choice", ForwardRequest([Self.ids]), "expected [batch, choices, sequence]")
        let choices = NamedTensor("input_ids", integers: [1, 2, 3, 4], shape: [2, 2, 1])
        let labels = NamedTensor("labels", integers: [0, 2], shape: [2])
        try expectError("bert-multiple-choice", ForwardRequest([choices, labels]), "classes are 0 to 1")
        let model = try BertForMultipleChoice.fromPretrained(
            Fixtures.path("models/bert-multiple-choice"), backend: "reference")
        for count in [0, 3, -1] {
            let error = #expect(throws: BertError.self) {
                try model.forward(ModelInput(ids: [[1], [2]]), choices: count)
            }
            #expect(error?.message == "2 sequences can't be divided into questions with \(count) choices each")
        }
    }

    @Test func `an encoder's states have to fit the decoder`() throws {
        let states = NamedTensor("encoder_hidden_states", floats: [Float](repeating: 0, count: 96), shape: [1, 3, 32])
        try expectError(
            "bert-lm-cross-attention", ForwardRequest([Self.ids, states]), "expected [2, encoder's sequence, 32]")
        let right = NamedTensor("encoder_hidden_states", floats: [Float](repeating: 0, count: 64), shape: [2, 1, 32])
        let mask = NamedTensor("encoder_attention_mask", integers: [1, 1, 1, 1], shape: [2, 2])
        try expectError("bert-lm-cross-attention", ForwardRequest([Self.ids, right, mask]), "expected [2, 1]")
        let model = try BertLMHeadModel.fromPretrained(
            Fixtures.path("models/bert-lm-cross-attention"), backend: "reference")
        var input = ModelInput(ids: [[1], [2]])
        for (encoder, words) in [
            (EncoderInput(states: [0], lengths: [1]), "has 1 sequences, the decoder 2"),
            (EncoderInput(states: [0], lengths: [1, 1]), "has 1 values; expected 2 tokens with 32 components"),
            (EncoderInput(states: [], lengths: [-1, 1]), "an encoder's sequence with -1 tokens is invalid"),
            (EncoderInput(states: [], lengths: [.max, .max]), "an encoder's sequence with"),
        ] {
            input.encoder = encoder
            let error = #expect(throws: BertError.self) { try model.forward(input) }
            #expect(error?.message.contains(words) == true)
        }
    }

    @Test func `a model that can't be left early has no policy`() throws {
        let model = try BertModel.fromPretrained(Fixtures.path("models/bert-base"), backend: "reference")
        let error = #expect(throws: BertError.self) {
            try model.namedOutputs(ForwardRequest([Self.ids], policy: .entropy(0.5)))
        }
        #expect(error?.message == "BertModel has no off-ramps, so early exit is not supported")
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

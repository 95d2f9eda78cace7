import BertCore

/// An encoder's states for the cross-attention of a decoder.
struct CrossAttentionInput {
    /// The states, `[encoder tokens, hidden]`.
    let states: Tensor
    /// The packed sequences of the encoder.
    let sequences: PackedSequences
    /// The `[query, key]` mask blocks of all sequences; nil if all tokens can be attended to.
    let mask: Tensor?

    /// Validates an encoder's states and uploads them.
    ///
    /// - Parameters:
    ///   - queries: The packed sequences of the decoder.
    ///   - takesStates: Whether the model has cross-attention.
    /// - Throws: ``BertError`` with code `invalidInput`.
    init(
        _ input: EncoderInput, queries: PackedSequences, hiddenSize: Int, takesStates: Bool,
        on backend: any ComputeBackend
    ) throws {
        func expect(
            _ isRight: Bool, _ key: String, _ message: @autoclosure () -> String, value: Int? = nil, limit: Int? = nil
        ) throws {
            guard !isRight else { return }
            throw BertError(
                .invalidInput, message(), key: key, value: value.map { .int($0) }, limit: limit.map { .int($0) })
        }
        try expect(
            takesStates, "encoder_hidden_states",
            "not supported by this model, because its config.json has no is_decoder with add_cross_attention")
        try InputCheck.lengths(input.lengths, of: "an encoder's sequence")
        let count = input.lengths.reduce(0, +)
        try expect(
            input.lengths.count == queries.count, "encoder_hidden_states",
            "\(input.lengths.count) sequences, but the decoder has \(queries.count)", value: input.lengths.count,
            limit: queries.count)
        try expect(
            input.states.count == count * hiddenSize, "encoder_hidden_states",
            "\(input.states.count) values; expected \(count) tokens with \(hiddenSize) components",
            value: input.states.count, limit: count * hiddenSize)
        try expect(
            (input.mask?.count ?? count) == count, "encoder_attention_mask",
            "\(input.mask?.count ?? 0) values for \(count) tokens", value: input.mask?.count, limit: count)
        states = try backend.constant(input.states, shape: [count, hiddenSize])
        sequences = try PackedSequences(lengths: input.lengths)
        guard let seen = input.mask, seen.contains(false) else {
            mask = nil
            return
        }
        var blocks: [Float] = []
        for index in 0..<queries.count {
            let row = seen[sequences[index]].map { $0 ? 0 : PackedInput.excludedScore }
            for _ in queries[index] { blocks.append(contentsOf: row) }
        }
        mask = try backend.constant(blocks, shape: [blocks.count])
    }
}

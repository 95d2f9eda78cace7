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
        func expect(_ isRight: Bool, _ message: @autoclosure () -> String) throws {
            if !isRight { throw BertError(.invalidInput, message()) }
        }
        try expect(
            takesStates,
            """
            encoder_hidden_states is not supported by this model, because its config.json has no \
            is_decoder with add_cross_attention
            """)
        try InputCheck.lengths(input.lengths, of: "an encoder's sequence")
        let count = input.lengths.reduce(0, +)
        try expect(
            input.lengths.count == queries.count,
            "encoder_hidden_states has \(input.lengths.count) sequences, the decoder \(queries.count)")
        try expect(
            input.states.count == count * hiddenSize,
            "encoder_hidden_states has \(input.states.count) values; expected \(count) tokens with \(hiddenSize) components"
        )
        try expect(
            (input.mask?.count ?? count) == count,
            "encoder_attention_mask has \(input.mask?.count ?? 0) values for \(count) tokens")
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

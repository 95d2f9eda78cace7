import BertCore

extension NamedInputs {
    /// The inputs that are common to all models, converted from padded arrays.
    package struct Batch {
        package let input: ModelInput
        /// The leading dimensions: `[batch]` or `[batch, choices]`.
        package let leading: [Int]
        /// The length of the sequences.
        package let length: Int

        /// The number of sequences.
        package var sequences: Int { leading.reduce(1, *) }
    }

    /// Converts the inputs of a batch whose arrays have `rank` axes.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` and the name of the input.
    package func batch(_ config: BertConfig, rank: Int = 2) throws -> Batch {
        let words = rank == 2 ? "[batch, sequence]" : "[batch, choices, sequence]"
        let (tokens, shape) = try self.words(config, rank: rank, words)
        let (leading, length) = (Array(shape.dropLast()), shape.last ?? 0)
        // Without this check the number of empty sequences would be unbounded.
        guard length > 0 || leading.contains(0) else {
            throw BertError(
                .invalidInput, "sequences with the shape \(shape) have no tokens", value: .string("\(shape)"))
        }
        let sequences = leading.reduce(1, *)

        if let types = tensor("token_type_ids") { try expect(types, shape, words: "\(shape)") }
        var positions = try integers("position_ids")
        if let given = tensor("position_ids") {
            try expect(given, shape, [1, length], words: "\(shape), or [1, \(length)]")
            if given.shape != shape, let row = positions {
                positions = Array(repeatElement(row, count: sequences).joined())
            }
        }
        var mask = try self.mask("attention_mask").map { ModelInput.Mask.tokens($0) }
        if let given = tensor("attention_mask") {
            try expect(given, shape, shape + [length], words: "\(shape), or \(shape + [length])")
            if given.shape.count > rank, case .tokens(let pairs) = mask { mask = .pairs(pairs) }
        }
        return Batch(
            input: ModelInput(
                words: tokens, lengths: [Int](repeating: length, count: sequences),
                tokenTypes: try integers("token_type_ids"), positions: positions, mask: mask,
                headMask: try headMask(config), encoder: try encoder(config, sequences: sequences)),
            leading: leading, length: length)
    }

    private func words(_ config: BertConfig, rank: Int, _ form: String) throws -> (ModelInput.Words, shape: [Int]) {
        let any = [Int](repeating: -1, count: rank)
        switch (tensor("input_ids"), tensor("inputs_embeds")) {
        case (let ids?, nil):
            try expect(ids, any, words: form)
            return (.ids(try integers("input_ids") ?? []), ids.shape)
        case (nil, let vectors?):
            let size = config.embeddingWidth
            try expect(vectors, any + [size], words: "\(form.dropLast()), \(size)]")
            return (
                .vectors(floats("inputs_embeds") ?? [], size: vectors.shape[rank]), Array(vectors.shape.prefix(rank))
            )
        default:
            throw BertError(
                .invalidInput, "use either input_ids or inputs_embeds", choices: ["input_ids", "inputs_embeds"])
        }
    }

    /// Returns the head mask from `[layers, heads]`, or `[heads]` for all layers, without pruned heads.
    private func headMask(_ config: BertConfig) throws -> [[Float]]? {
        guard let tensor = tensor("head_mask"), let values = floats("head_mask") else { return nil }
        let (layers, heads) = (config.numHiddenLayers, config.numAttentionHeads)
        try expect(tensor, [heads], [layers, heads], words: "[\(heads)] or [\(layers), \(heads)]")
        return (0..<layers).map { layer in
            let start = tensor.shape.count == 1 ? 0 : layer * heads
            let pruned = config.prunedHeads[layer] ?? []
            return (0..<heads).filter { !pruned.contains($0) }.map { values[start + $0] }
        }
    }

    private func encoder(_ config: BertConfig, sequences: Int) throws -> EncoderInput? {
        guard let states = tensor("encoder_hidden_states") else {
            if tensor("encoder_attention_mask") != nil {
                throw BertError(.invalidInput, "requires encoder_hidden_states", key: "encoder_attention_mask")
            }
            return nil
        }
        let size = config.hiddenSize
        try expect(states, [sequences, -1, size], words: "[\(sequences), encoder's sequence, \(size)]")
        let length = states.shape[1]
        guard length > 0 || sequences == 0 else {
            throw BertError(.invalidInput, "has no tokens", key: "encoder_hidden_states")
        }
        if let mask = tensor("encoder_attention_mask") {
            try expect(mask, [sequences, length], words: "[\(sequences), \(length)]")
        }
        return EncoderInput(
            states: floats("encoder_hidden_states") ?? [], lengths: [Int](repeating: length, count: sequences),
            mask: try mask("encoder_attention_mask"))
    }
}

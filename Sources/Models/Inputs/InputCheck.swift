import BertCore

/// Validation of inputs against a model's configuration. Errors name the argument and the position.
struct InputCheck {
    private let input: ModelInput
    private let config: BertConfig

    init(_ input: ModelInput, _ config: BertConfig) {
        self.input = input
        self.config = config
    }

    /// Checks everything except positions.
    ///
    /// - Throws: ``BertError`` with code `invalidInput`.
    func callAsFunction() throws {
        try Self.lengths(input.lengths, of: "a sequence")
        let count = input.tokenCount
        switch input.words {
        case .ids(let ids):
            try expect("input_ids", ids.count, count)
            try range(ids, below: config.vocabSize, of: "input_ids", table: "vocab_size")
        case .vectors(let vectors, let size):
            guard size == config.embeddingWidth else {
                throw BertError(
                    .invalidInput,
                    "the vectors have \(size) components; the model requires \(config.embeddingWidth)",
                    key: "inputs_embeds", value: .int(size), limit: .int(config.embeddingWidth))
            }
            try expect("inputs_embeds", vectors.count, count * size)
        }
        if let types = input.tokenTypes {
            try expect("token_type_ids", types.count, count)
            if config.typeVocabSize > 0 {
                try range(types, below: config.typeVocabSize, of: "token_type_ids", table: "type_vocab_size")
            }
        }
        switch input.mask {
        case .tokens(let seen): try expect("attention_mask", seen.count, count)
        case .pairs(let pairs): try expect("attention_mask", pairs.count, input.lengths.reduce(0) { $0 + $1 * $1 })
        case nil: break
        }
        if let headMask = input.headMask {
            guard headMask.count == config.numHiddenLayers,
                headMask.enumerated().allSatisfy({ $0.element.count == config.heads(inLayer: $0.offset) })
            else {
                let pruned = config.prunedHeads.isEmpty ? "" : ", without pruned heads"
                throw BertError(
                    .invalidInput,
                    "the shape must be [\(config.numHiddenLayers), \(config.numAttentionHeads)] (layers, heads)\(pruned)",
                    key: "head_mask")
            }
        }
    }

    /// Returns the positions of the tokens: the given ones, or those of a rule.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` for a position outside the model's table.
    func positions(_ rule: PositionRule) throws -> [Int32] {
        let limit = rule.limit(config.maxPositionEmbeddings)
        if let given = input.positions {
            try expect("position_ids", given.count, input.tokenCount)
            try range(given, below: limit, of: "position_ids", table: "max_position_embeddings")
            return given
        }
        let positions = rule.positions(of: input)
        if let bad = positions.firstIndex(where: { Int($0) >= limit }) {
            let (sequence, _) = place(bad)
            throw BertError(
                .invalidInput,
                """
                the sequence has \(input.lengths[sequence]) tokens; the model supports at most \
                \(limit - rule.firstPosition)
                """, record: sequence, of: "sequence", value: .int(input.lengths[sequence]),
                limit: .int(limit - rule.firstPosition))
        }
        return positions
    }

    /// Checks that no length is negative and that their sum doesn't overflow.
    static func lengths(_ lengths: [Int], of what: String) throws {
        var total = 0
        for length in lengths {
            guard length >= 0, length <= Int(Int32.max) - total else {
                throw BertError(
                    .invalidInput, "\(what) with \(length) tokens is invalid, or too large for one batch",
                    value: .int(length))
            }
            total += length
        }
    }

    private func expect(_ name: String, _ got: Int, _ want: Int) throws {
        guard got == want else {
            throw BertError(
                .invalidInput, "\(got) values for \(input.lengths.count) sequences that require \(want)", key: name,
                value: .int(got), limit: .int(want))
        }
    }

    private func range(_ values: [Int32], below limit: Int, of name: String, table: String) throws {
        guard let bad = values.firstIndex(where: { $0 < 0 || Int($0) >= limit }) else { return }
        let (sequence, place) = place(bad)
        throw BertError(
            .invalidInput,
            "the value at position \(place) is \(values[bad]); the model's \(table) is \(limit)", record: sequence,
            of: "sequence", key: name, value: .int(Int(values[bad])), limit: .int(limit))
    }

    /// Returns the sequence and the position of a flat index.
    private func place(_ index: Int) -> (sequence: Int, place: Int) {
        var (sequence, place) = (0, index)
        while sequence < input.lengths.count, place >= input.lengths[sequence] {
            place -= input.lengths[sequence]
            sequence += 1
        }
        return (sequence, place)
    }
}

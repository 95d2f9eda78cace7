import BertCore

/// A model's input without what nobody attends to, checked and with every default filled in.
struct PackedInput {
    /// The tokens that are kept.
    var words: ModelInput.Words
    /// Their types.
    var tokenTypes: [Int32]
    /// Their positions in the model's table.
    var positions: [Int32]
    /// Where each sequence lies.
    var sequences: PackedSequences
    /// Added to the scores, a `[query, key]` block for each sequence; nil if every kept token is seen by all.
    var mask: [Float]?
    /// For each kept token, its place in the input's flat arrays.
    var places: [Int]

    /// Hides a key from a query: the lowest finite number, as in `transformers`.
    static let hidden = -Float.greatestFiniteMagnitude

    /// Packs an input.
    ///
    /// A hidden token is dropped, unless it is its sequence's first (the pooler reads it, as in `transformers`) or all
    /// of the sequence is hidden (every query then attends to all alike).
    ///
    /// - Throws: ``BertError`` with code `invalidInput`, naming the argument and the place.
    init(_ input: ModelInput, config: BertConfig, positionRule: PositionRule) throws {
        let count = try Self.check(input, config: config)
        let defaultPositions = try input.positions ?? positionRule.positions(of: input)
        try Self.checkRange(
            defaultPositions, below: config.maxPositionEmbeddings, input.lengths,
            of: "position_ids", table: "max_position_embeddings")

        var places: [Int] = []
        places.reserveCapacity(count)
        var lengths: [Int] = []
        var mask: [Float]?
        var start = 0
        var blockStart = 0
        /// Adds the block of a sequence in which `sees(query, key)` says who sees whom.
        func addBlock(_ kept: [Int], sees: (Int, Int) -> Bool) {
            if mask == nil {
                mask = lengths.reduce(into: []) { $0.append(contentsOf: repeatElement(0, count: $1 * $1)) }
            }
            for query in kept { for key in kept { mask?.append(sees(query, key) ? 0 : Self.hidden) } }
        }
        for length in input.lengths {
            var kept = Array(0..<length)
            switch input.mask {
            case nil:
                if mask != nil { addBlock(kept) { _, _ in true } }
            case .pairs(let pairs):
                let first = blockStart
                addBlock(kept) { pairs[first + $0 * length + $1] }
            case .tokens(let seen):
                let first = start
                if kept.contains(where: { seen[first + $0] }) { kept.removeAll { $0 > 0 && !seen[first + $0] } }
                let allSeen = kept.allSatisfy { seen[first + $0] }
                if !allSeen || mask != nil { addBlock(kept) { seen[first + $1] } }
            }
            places.append(contentsOf: kept.map { $0 + start })
            lengths.append(kept.count)
            start += length
            blockStart += length * length
        }

        self.places = places
        self.mask = mask
        sequences = try PackedSequences(lengths: lengths)
        positions = places.map { defaultPositions[$0] }
        tokenTypes =
            input.tokenTypes.map { types in places.map { types[$0] } } ?? [Int32](repeating: 0, count: places.count)
        switch input.words {
        case .ids(let ids):
            words = .ids(places.map { ids[$0] })
        case .vectors(let vectors, let size):
            words = .vectors(places.flatMap { vectors[$0 * size..<($0 + 1) * size] }, size: size)
        }
    }

    /// Checks everything but positions; gives the number of tokens.
    private static func check(_ input: ModelInput, config: BertConfig) throws -> Int {
        guard input.lengths.allSatisfy({ $0 >= 0 }) else {
            throw BertError(.invalidInput, "a sequence can't have a negative length")
        }
        let count = input.lengths.reduce(0, +)
        func expect(_ name: String, _ got: Int, _ want: Int) throws {
            guard got == want else {
                throw BertError(
                    .invalidInput,
                    "\(name) has \(got) values for \(input.lengths.count) sequences that take \(want)")
            }
        }
        switch input.words {
        case .ids(let ids):
            try expect("input_ids", ids.count, count)
            try checkRange(ids, below: config.vocabSize, input.lengths, of: "input_ids", table: "vocab_size")
        case .vectors(let vectors, let size):
            guard size == config.embeddingWidth else {
                throw BertError(
                    .invalidInput, "inputs_embeds has vectors of \(size); this model embeds in \(config.embeddingWidth)"
                )
            }
            try expect("inputs_embeds", vectors.count, count * size)
        }
        if let types = input.tokenTypes {
            try expect("token_type_ids", types.count, count)
            try checkRange(
                types, below: config.typeVocabSize, input.lengths, of: "token_type_ids", table: "type_vocab_size")
        }
        if let positions = input.positions { try expect("position_ids", positions.count, count) }
        switch input.mask {
        case .tokens(let seen): try expect("attention_mask", seen.count, count)
        case .pairs(let pairs): try expect("attention_mask", pairs.count, input.lengths.reduce(0) { $0 + $1 * $1 })
        case nil: break
        }
        if let headMask = input.headMask {
            guard headMask.count == config.numHiddenLayers,
                headMask.enumerated().allSatisfy({ $0.element.count == config.heads(inLayer: $0.offset) })
            else {
                let pruned = config.prunedHeads.isEmpty ? "" : ", without the heads that were pruned"
                throw BertError(
                    .invalidInput,
                    "head_mask has to be [\(config.numHiddenLayers), \(config.numAttentionHeads)] (layers, heads)\(pruned)"
                )
            }
        }
        return count
    }

    private static func checkRange(
        _ values: [Int32], below limit: Int, _ lengths: [Int], of name: String, table: String
    ) throws {
        guard let bad = values.firstIndex(where: { $0 < 0 || Int($0) >= limit }) else { return }
        var (sequence, place) = (0, bad)
        while sequence < lengths.count, place >= lengths[sequence] {
            place -= lengths[sequence]
            sequence += 1
        }
        throw BertError(
            .invalidInput,
            "\(name) of sequence \(sequence) has \(values[bad]) at place \(place); this model's \(table) is \(limit)")
    }
}

/// How a family numbers the positions of tokens that come without.
enum PositionRule: Sendable {
    /// 0, 1, 2, … (BERT).
    case absolute
    /// padding + 1, padding + 2, … over the tokens that are no padding; padding itself gets the padding's number
    /// (RoBERTa, `create_position_ids_from_input_ids`).
    case afterPadding(Int)

    func positions(of input: ModelInput) throws -> [Int32] {
        var result: [Int32] = []
        result.reserveCapacity(input.lengths.reduce(0, +))
        var start = 0
        for length in input.lengths {
            switch (self, input.words) {
            case (.absolute, _):
                for place in 0..<length { result.append(Int32(clamping: place)) }
            case (.afterPadding(let padding), .vectors):
                for place in 0..<length { result.append(Int32(clamping: padding + 1 + place)) }
            case (.afterPadding(let padding), .ids(let ids)):
                var seen = 0
                for place in start..<start + length {
                    let isPadding = Int(ids[place]) == padding
                    if !isPadding { seen += 1 }
                    result.append(Int32(clamping: padding + (isPadding ? 0 : seen)))
                }
            }
            start += length
        }
        return result
    }
}

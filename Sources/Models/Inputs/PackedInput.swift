import BertCore

/// A validated model input without unneeded masked tokens, and with all defaults filled in.
struct PackedInput {
    /// The tokens that are kept.
    let words: ModelInput.Words
    /// The types of the kept tokens.
    let tokenTypes: [Int32]
    /// The positions of the kept tokens.
    let positions: [Int32]
    /// The packed sequences.
    let sequences: PackedSequences
    /// The attention mask, added to the scores: the `[query, key]` blocks of all sequences; nil if all kept tokens can
    /// be attended to.
    let mask: [Float]?
    /// The column of each kept token: its index in the original sequence.
    let columns: [Int32]
    /// The index of each kept token in the flat arrays of the input.
    let places: [Int]
    /// Whether each kept token is masked out; nil if none is.
    let maskedOut: [Bool]?
    /// The number of tokens in the input.
    let tokenCount: Int

    /// The score of masked keys: the lowest finite number, as in `transformers`.
    static let excludedScore = -Float.greatestFiniteMagnitude

    /// Packs an input.
    ///
    /// Masked-out tokens are dropped, with two exceptions: the first token of a sequence, which the pooler reads as in
    /// `transformers`, and sequences that are entirely masked out, in which every query attends to all keys equally.
    ///
    /// - Parameters:
    ///   - options: Whether to keep masked-out tokens, which no token attends to. Tokens whose rows are requested are
    ///     always kept.
    /// - Throws: ``BertError`` with code `invalidInput`, the argument and the position.
    init(_ input: ModelInput, config: BertConfig, positions rule: PositionRule, _ options: ForwardOptions) throws {
        let check = InputCheck(input, config)
        try check()
        let allPositions = try check.positions(rule)

        var builder = MaskBuilder()
        var places: [Int] = []
        places.reserveCapacity(input.tokenCount)
        let isCausal = config.isCausal
        let zeroes = config.family.zeroesMaskedTokens
        var maskedOut: [Bool] = []
        var wanted: Set<Int> = []
        if case .at(let rows) = options.rows { wanted = Set(rows) }
        var (start, blockStart) = (0, 0)
        for length in input.lengths {
            let (first, block) = (start, blockStart)
            var kept = Array(0..<length)
            switch input.mask {
            case nil:
                builder.add(kept, seesAll: !isCausal) { $1 <= $0 }
            case .pairs(let pairs):
                // Used as is, even in a decoder.
                builder.add(kept, seesAll: false) { pairs[block + $0 * length + $1] }
            case .tokens(let seen):
                if !options.maskedTokens, kept.contains(where: { seen[first + $0] }) {
                    kept.removeAll { $0 > 0 && !seen[first + $0] && !wanted.contains(first + $0) }
                }
                builder.add(kept, seesAll: !isCausal && kept.allSatisfy { seen[first + $0] }) {
                    seen[first + $1] && (!isCausal || $1 <= $0) && (!zeroes || seen[first + $0])
                }
                maskedOut.append(contentsOf: kept.map { !seen[first + $0] })
            }
            places.append(contentsOf: kept.map { $0 + first })
            start += length
            blockStart += length * length
        }

        self.places = places
        tokenCount = input.tokenCount
        self.maskedOut = maskedOut.contains(true) ? maskedOut : nil
        mask = builder.mask
        sequences = try PackedSequences(lengths: builder.lengths)
        positions = places.map { allPositions[$0] }
        var columns: [Int32] = []
        columns.reserveCapacity(places.count)
        var first = 0
        for (sequence, length) in input.lengths.enumerated() {
            for place in places[sequences[sequence]] { columns.append(Int32(place - first)) }
            first += length
        }
        self.columns = columns
        tokenTypes =
            input.tokenTypes.map { types in places.map { types[$0] } } ?? [Int32](repeating: 0, count: places.count)
        switch input.words {
        case .ids(let ids):
            words = .ids(places.map { ids[$0] })
        case .vectors(let vectors, let size):
            words = .vectors(places.flatMap { vectors[$0 * size..<($0 + 1) * size] }, size: size)
        }
    }

    /// Returns the index of an input token among the kept tokens; nil if it isn't kept or doesn't exist.
    func index(ofToken token: Int) -> Int? {
        var range = places.indices
        while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
            if places[middle] == token { return middle }
            range = places[middle] < token ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }

    /// Accesses a range of the sequences.
    subscript(part: Range<Int>) -> PackedInput {
        get throws { try PackedInput(self, part) }
    }

    private init(_ whole: PackedInput, _ part: Range<Int>) throws {
        let lengths = whole.sequences.lengths
        let tokens = Int(whole.sequences.offsets[part.lowerBound])..<Int(whole.sequences.offsets[part.upperBound])
        words =
            switch whole.words {
            case .ids(let ids): .ids(Array(ids[tokens]))
            case .vectors(let vectors, let size):
                .vectors(Array(vectors[tokens.lowerBound * size..<tokens.upperBound * size]), size: size)
            }
        tokenTypes = Array(whole.tokenTypes[tokens])
        positions = Array(whole.positions[tokens])
        columns = Array(whole.columns[tokens])
        places = Array(whole.places[tokens])
        tokenCount = whole.tokenCount
        maskedOut = whole.maskedOut.map { Array($0[tokens]) }
        sequences = try PackedSequences(lengths: lengths[part])
        mask = whole.mask.map { mask in
            let start = lengths[..<part.lowerBound].reduce(0) { $0 + $1 * $1 }
            let count = lengths[part].reduce(0) { $0 + $1 * $1 }
            return Array(mask[start..<start + count])
        }
    }
}

/// A builder for packed masks, which creates no mask if all tokens can be attended to.
private struct MaskBuilder {
    private(set) var mask: [Float]?
    private(set) var lengths: [Int] = []

    /// Adds the block of a sequence. `sees(query, key)` returns whether a query attends to a key.
    mutating func add(_ kept: [Int], seesAll: Bool, sees: (Int, Int) -> Bool) {
        if mask == nil, !seesAll {
            mask = lengths.reduce(into: []) { $0.append(contentsOf: repeatElement(0, count: $1 * $1)) }
        }
        lengths.append(kept.count)
        guard mask != nil else { return }
        if seesAll {
            mask?.append(contentsOf: repeatElement(0, count: kept.count * kept.count))
        } else {
            for query in kept { for key in kept { mask?.append(sees(query, key) ? 0 : PackedInput.excludedScore) } }
        }
    }
}

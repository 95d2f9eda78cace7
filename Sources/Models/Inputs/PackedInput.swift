import BertCore

/// A model's input without what nobody attends to, checked and with every default filled in.
struct PackedInput {
    /// The tokens that are kept.
    let words: ModelInput.Words
    /// Their types.
    let tokenTypes: [Int32]
    /// Their positions in the model's table.
    let positions: [Int32]
    /// Where each sequence lies.
    let sequences: PackedSequences
    /// Added to the scores, a `[query, key]` block for each sequence; nil if every kept token is seen by all.
    let mask: [Float]?
    /// For each kept token, its column: its place in its sequence, dropped tokens counted.
    let columns: [Int32]
    /// For each kept token, its place in the input's flat arrays.
    let places: [Int]
    /// Which of the kept tokens are masked out; nil if none is.
    let maskedOut: [Bool]?
    /// How many tokens the input had.
    let tokenCount: Int

    /// The score of a key that a query may not see: the lowest finite number, as in `transformers`.
    static let excludedScore = -Float.greatestFiniteMagnitude

    /// Packs an input.
    ///
    /// A masked-out token is dropped, unless it is its sequence's first (the pooler reads it, as in `transformers`) or all
    /// of the sequence is masked out (every query then attends to all alike).
    ///
    /// - Parameters:
    ///   - options: whether to keep masked-out tokens as well, as tokens that nobody sees; those whose rows are asked for are kept.
    /// - Throws: ``BertError`` with code `invalidInput`, naming the argument and the place.
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
                // Taken as it is, also by a decoder.
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

    /// Which of the kept tokens the input's token of this number is; nil if it isn't kept, or isn't there.
    func index(ofToken token: Int) -> Int? {
        var range = places.indices
        while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
            if places[middle] == token { return middle }
            range = places[middle] < token ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }

    /// Some of the sequences.
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

/// Collects the blocks of a packed mask; there is none as long as everyone sees everyone.
private struct MaskBuilder {
    private(set) var mask: [Float]?
    private(set) var lengths: [Int] = []

    /// Adds the block of a sequence in which `sees(query, key)` says who sees whom.
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

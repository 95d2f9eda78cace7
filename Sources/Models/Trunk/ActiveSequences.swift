public import BertCore

/// The sequences that haven't exited a trunk, with their hidden states.
public struct ActiveSequences: Sendable {
    /// The hidden states, `[tokens, hidden]`.
    public internal(set) var hidden: Tensor
    /// The rows of each sequence in ``hidden``.
    public private(set) var sequences: PackedSequences
    /// The attention mask, added to the scores: the blocks of all sequences; nil if all tokens can be attended to.
    private(set) var mask: Tensor?
    /// The indices of the sequences in the batch.
    public private(set) var alive: [Int]
    /// ``mask`` in host memory.
    private(set) var blocks: [Float]?
    /// Whether each token is masked out; nil if none is.
    private(set) var maskedOut: [Bool]?
    /// The columns and positions of the tokens, in host memory.
    private(set) var columns: [Int32]
    private(set) var positions: [Int32]

    /// Creates sequences with their embeddings.
    ///
    /// - Parameters:
    ///   - first: The index of the first sequence in the batch.
    ///   - dropout: The dropout of the embeddings, in training.
    init(
        _ input: PackedInput, from first: Int = 0, _ embeddings: Embeddings, _ dropout: PartDropout?,
        on backend: any ComputeBackend
    )
        throws
    {
        hidden = try OperationScope.with("embeddings", on: backend) { try embeddings(input, dropout, on: backend) }
        sequences = input.sequences
        blocks = input.mask
        columns = input.columns
        maskedOut = input.maskedOut
        positions = input.positions
        mask = try blocks.map { try backend.constant($0, shape: [$0.count]) }
        alive = Array(first..<first + sequences.count)
    }

    /// Concatenates the parts of a batch, in order, after the last layer. The result has no mask.
    ///
    /// - Parameter parts: The parts; at least one.
    init(joining parts: [ActiveSequences], on backend: any ComputeBackend) throws {
        let present = parts.filter { !$0.alive.isEmpty }
        guard present.count > 1 else {
            self = present.first ?? parts[0]
            return
        }
        hidden = try backend.concatenate(present.map(\.hidden), axis: 0)
        sequences = try PackedSequences(lengths: present.flatMap(\.sequences.lengths))
        alive = present.flatMap(\.alive)
        columns = present.flatMap(\.columns)
        positions = present.flatMap(\.positions)
    }

    /// Returns the places and positions of tokens for position-dependent attention.
    ///
    /// - Parameter rows: The queries; nil for all tokens.
    /// - Returns: The places, or nil if they are the indices in the sequences; the positions, or nil if they equal the
    ///   places.
    func whereabouts(
        of rows: Rows?, on backend: any ComputeBackend
    ) throws -> (places: AttentionPlaces?, positions: AttentionPlaces?) {
        func places(_ values: [Int32]) throws -> AttentionPlaces {
            let keys = try backend.indices(values)
            guard let rows else { return AttentionPlaces(keys) }
            return AttentionPlaces(queries: try backend.indices(rows.numbers.map { values[Int($0)] }), keys: keys)
        }
        let isDense = (0..<sequences.count).allSatisfy { sequence in
            columns[sequences[sequence]].enumerated().allSatisfy { $0.offset == Int($0.element) }
        }
        return (
            places: isDense && rows == nil ? nil : try places(columns),
            positions: positions == columns ? nil : try places(positions)
        )
    }

    /// Returns the hidden states of the first token of each sequence, `[sequences, hidden]`.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` if a sequence has no tokens.
    public func firstTokens(on backend: any ComputeBackend) throws -> Tensor {
        try backend.gatherRows(hidden, indices: firstRows(on: backend))
    }

    /// Returns the row in ``hidden`` of the first token of each sequence, `[sequences]`.
    private func firstRows(on backend: any ComputeBackend) throws -> Tensor {
        if let empty = (0..<sequences.count).first(where: { sequences[$0].isEmpty }) {
            throw BertError(.invalidInput, "the sequence has no tokens", record: alive[empty], of: "sequence")
        }
        return try backend.indices(Array(sequences.offsets.dropLast()))
    }

    /// A subset of tokens that the last layer computes as queries over all tokens.
    struct Rows {
        /// The rows of the tokens in the hidden states.
        let indices: Tensor
        /// The same rows in host memory.
        let numbers: [Int32]
        /// The packed sequences of the subset.
        let sequences: PackedSequences
        /// The rows of the mask for these tokens.
        let mask: Tensor?
        /// The same mask rows in host memory.
        let blocks: [Float]?
    }

    /// Selects rows.
    ///
    /// - Parameter rows: For each sequence of the batch, the indices of tokens within it.
    func rows(_ rows: [[Int]], on backend: any ComputeBackend) throws -> Rows {
        let rows = alive.map { rows[$0] }
        var indices: [Int32] = []
        for (sequence, rows) in rows.enumerated() {
            let start = sequences[sequence].lowerBound
            indices.append(contentsOf: rows.map { Int32(start + $0) })
        }
        var start = 0
        let lines = blocks.map { blocks in
            var lines: [Float] = []
            for (length, rows) in zip(sequences.lengths, rows) {
                for row in rows { lines.append(contentsOf: blocks[start + row * length..<start + (row + 1) * length]) }
                start += length * length
            }
            return lines
        }
        return Rows(
            indices: try backend.indices(indices), numbers: indices,
            sequences: try PackedSequences(lengths: rows.map(\.count)),
            mask: try lines.map { try backend.constant($0, shape: [$0.count]) }, blocks: lines)
    }

    /// Keeps only these tokens, the rows of ``hidden`` after the last layer. The mask is removed.
    mutating func keep(_ rows: Rows) {
        columns = rows.numbers.map { columns[Int($0)] }
        positions = rows.numbers.map { positions[Int($0)] }
        sequences = rows.sequences
        (mask, blocks, maskedOut) = (nil, nil, nil)
    }

    /// Removes sequences and compacts the remaining ones.
    ///
    /// - Parameter more: Another tensor with a row for each token.
    /// - Returns: The rows of `more` that remain.
    @discardableResult
    mutating func remove(
        _ leaving: [Bool], with more: Tensor? = nil, on backend: any ComputeBackend
    ) throws -> Tensor? {
        var rows: [Int32] = []
        var lengths: [Int] = []
        var remaining: [Int] = []
        var newBlocks: [Float]? = blocks == nil ? nil : []
        var blockStart = 0
        for (index, leaves) in leaving.enumerated() {
            let range = sequences[index]
            let block = blockStart..<blockStart + range.count * range.count
            blockStart = block.upperBound
            guard !leaves else { continue }
            rows.append(contentsOf: range.map(Int32.init))
            lengths.append(range.count)
            remaining.append(alive[index])
            if let blocks { newBlocks?.append(contentsOf: blocks[block]) }
        }
        let indices = try backend.indices(rows)
        hidden = try backend.gatherRows(hidden, indices: indices)
        columns = rows.map { columns[Int($0)] }
        maskedOut = maskedOut.map { masked in rows.map { masked[Int($0)] } }
        positions = rows.map { positions[Int($0)] }
        sequences = try PackedSequences(lengths: lengths)
        blocks = newBlocks
        mask = try blocks.map { try backend.constant($0, shape: [$0.count]) }
        alive = remaining
        return try more.map { try backend.gatherRows($0, indices: indices) }
    }
}

extension ShapeRules {
    /// The head sizes of an attention call.
    public struct Attention: Sendable {
        /// The number of features of a query or key in one head.
        public let headSize: Int
        /// The number of features of a value in one head.
        public let valueSize: Int
    }

    /// Checks the operands of an attention call and returns its head sizes.
    public static func attention(_ input: AttentionInput, _ options: AttentionOptions) throws -> Attention {
        let (heads, sequences, keySequences) = (options.heads, options.sequences, options.keySequences)
        guard heads > 0 else { throw BertError(.invalidArgument, "attention needs at least one head, not \(heads)") }
        let sizes: Attention
        switch input {
        case .fused(let qkv):
            // Divide step by step: `heads` comes from a file, and 3 · heads may overflow.
            guard qkv.shape.count == 2, qkv.shape[1] % 3 == 0, qkv.shape[1] / 3 % heads == 0 else {
                throw BertError(
                    .invalidShape,
                    "fused queries, keys and values with \(heads) heads can't have the shape \(qkv.shape)")
            }
            guard qkv.shape[0] == sequences.totalLength, sequences == keySequences else {
                throw BertError(
                    .invalidShape, "\(qkv.shape[0]) rows for sequences with \(sequences.totalLength) tokens in total")
            }
            let size = qkv.shape[1] / 3 / heads
            sizes = Attention(headSize: size, valueSize: size)
        case .separate(let query, let key, let value):
            let shapes = "\(query.shape), \(key.shape) and \(value.shape)"
            guard query.shape.count == 2, key.shape.count == 2, value.shape.count == 2,
                query.shape[1] == key.shape[1], query.shape[1] % heads == 0, value.shape[1] % heads == 0
            else {
                throw BertError(
                    .invalidShape, "queries, keys and values with \(heads) heads can't have the shapes \(shapes)")
            }
            guard query.shape[0] == sequences.totalLength, key.shape[0] == keySequences.totalLength,
                value.shape[0] == key.shape[0], sequences.count == keySequences.count
            else {
                throw BertError(
                    .invalidShape,
                    """
                    the shapes \(shapes) don't match \(sequences.count) query sequences with \(sequences.totalLength) tokens \
                    and \(keySequences.count) key sequences with \(keySequences.totalLength)
                    """)
            }
            sizes = Attention(headSize: query.shape[1] / heads, valueSize: value.shape[1] / heads)
        }
        if let mask = options.mask, mask.shape != [options.scoreCount] {
            throw BertError(
                .invalidShape, "a packed mask of shape \(mask.shape) doesn't match \(options.scoreCount) scores")
        }
        if let headScale = options.headScale, headScale.shape != [heads] {
            throw BertError(.invalidShape, "a head mask of shape \(headScale.shape) doesn't match \(heads) heads")
        }
        try positions(options, sizes)
        if let dropout = options.dropout { try self.dropout(dropout, count: options.heads * options.scoreCount) }
        return sizes
    }

    /// Checks the options that depend on token positions.
    private static func positions(_ options: AttentionOptions, _ sizes: Attention) throws {
        if let reach = options.reach, reach < 0 {
            throw BertError(
                .invalidArgument,
                "the attention window \(reach) is negative; use 0 for attention to the token itself only")
        }
        if let places = options.places { try self.places(places, options, "places") }
        if let bias = options.distanceBias {
            guard bias.shape.count == 2, bias.shape[0] == options.heads, bias.shape[1] % 2 == 1 else {
                throw BertError(
                    .invalidShape,
                    "a distance bias must have the shape [\(options.heads), 2R + 1], not \(bias.shape)")
            }
        }
        if let relative = options.relative { try self.relative(relative, width: options.heads * sizes.headSize) }
        if let rotation = options.rotation { try self.rotation(rotation, options, sizes) }
    }

    private static func places(_ places: AttentionPlaces, _ options: AttentionOptions, _ what: String) throws {
        for (tensor, count, tokens) in [
            (places.queries, options.sequences.totalLength, "queries"),
            (places.keys, options.keySequences.totalLength, "keys"),
        ] {
            guard tensor.shape == [count] else {
                throw BertError(.invalidShape, "\(what) of shape \(tensor.shape) don't match \(count) \(tokens)")
            }
            try indices(tensor)
        }
    }

    private static func relative(_ relative: RelativeAttention, width: Int) throws {
        let tables = [relative.keys, relative.queries].compactMap(\.self)
        guard let rows = tables.first?.shape.first else {
            throw BertError(.invalidArgument, "disentangled attention requires a table for queries, for keys, or both")
        }
        if let table = tables.first(where: { $0.shape != [rows, width] }) {
            throw BertError(
                .invalidShape, "a relative table must have the shape [\(rows), \(width)], not \(table.shape)")
        }
        try indices(relative.rows)
        guard relative.rows.shape[0] % 2 == 1 else {
            throw BertError(
                .invalidShape,
                "the rows of relative tables must have the shape [2R + 1] for the distances −R…R, not \(relative.rows.shape)"
            )
        }
    }

    private static func rotation(_ rotation: Rotation, _ options: AttentionOptions, _ sizes: Attention) throws {
        guard sizes.headSize % 2 == 0 else {
            throw BertError(.invalidShape, "rotary embeddings require an even head size, not \(sizes.headSize)")
        }
        let cosines = rotation.cosines.shape
        guard cosines.count == 2, cosines[1] == sizes.headSize / 2, rotation.sines.shape == cosines else {
            throw BertError(
                .invalidShape,
                """
                rotation tables of shapes \(cosines) and \(rotation.sines.shape) don't match heads with \(sizes.headSize) \
                features: both must have the shape [positions, \(sizes.headSize / 2)]
                """)
        }
        if let positions = rotation.positions { try places(positions, options, "rotation positions") }
        let longest = max(options.sequences.maximumLength, options.keySequences.maximumLength)
        guard options.rotationPositions != nil || longest <= cosines[0] else {
            throw BertError(
                .invalidArgument,
                "a sequence with \(longest) tokens exceeds the \(cosines[0]) rows of the rotation tables")
        }
    }
}

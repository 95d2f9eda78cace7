import BertCore
import CBertKernels

/// The position-dependent options of an attention call, as pointers into operands.
struct AttentionPositions {
    private let places: Places
    private let reach: Int
    private let bias: (start: UnsafePointer<Float>, count: Int)?
    private let relative: Relative?
    private let width: Int

    private struct Relative {
        let keys: UnsafePointer<Float>?
        let queries: UnsafePointer<Float>?
        /// The distance between rows of the tables.
        let stride: Int
        let rows: UnsafeBufferPointer<Int32>
    }

    /// Creates the options for heads of `width` features; nil if nothing depends on distances.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` if a row of the relative tables is out of range.
    init?(_ options: AttentionOptions, width: Int, for kernels: HostKernels) throws {
        guard options.reach != nil || options.distanceBias != nil || options.relative != nil else {
            // Validate positions even if they aren't used.
            if let places = options.places { _ = try Places(places, longest: 0, for: kernels) }
            return nil
        }
        self.width = width
        reach = options.reach ?? -1
        places = try Places(
            options.places, longest: max(options.sequences.maximumLength, options.keySequences.maximumLength),
            for: kernels)
        bias = try options.distanceBias.map { (try kernels.floats($0), $0.shape[1]) }
        relative = try options.relative.map { relative in
            let count = (relative.keys ?? relative.queries)?.shape[0] ?? 0
            let rows = UnsafeBufferPointer(
                start: try kernels.integers(relative.rows), count: relative.rows.shape[0])
            try HostKernels.check(rows, below: count)
            return Relative(
                keys: try relative.keys.map(kernels.floats), queries: try relative.queries.map(kernels.floats),
                stride: options.heads * width, rows: rows)
        }
    }

    /// Returns the kernel arguments for one head.
    ///
    /// - Parameters:
    ///   - queries: The rows of queries. The first one has the index `first` in its sequence.
    func ofHead(
        _ head: Int, queries: Range<Int>, first: Int, keys: Range<Int>
    ) -> bert_attention_positions {
        let own = places.queries(queries, first: first)
        let others = places.keys(keys)
        var positions = bert_attention_positions(
            queries: own, keys: others, reach: reach, bias: bias.map { $0.start + head * $0.count },
            biasLimit: bias.map { $0.count / 2 } ?? 0, relativeKeys: relative?.keys.map { $0 + head * width },
            relativeQueries: relative?.queries.map { $0 + head * width }, ldr: relative?.stride ?? 0,
            rows: relative?.rows.baseAddress, rowLimit: relative.map { $0.rows.count / 2 } ?? 0, firstRow: 0,
            rowCount: 0)
        if let relative, !keys.isEmpty {
            let used = rows(
                relative.rows, UnsafeBufferPointer(start: own, count: queries.count),
                UnsafeBufferPointer(start: others, count: keys.count))
            (positions.firstRow, positions.rowCount) = (used.lowerBound, used.count)
        }
        return positions
    }

    /// Returns the range of rows in the relative tables that covers the distances of these queries and keys.
    private func rows(
        _ rows: UnsafeBufferPointer<Int32>, _ queries: UnsafeBufferPointer<Int32>, _ keys: UnsafeBufferPointer<Int32>
    ) -> Range<Int> {
        guard let (q, k) = Self.bounds(queries).flatMap({ q in Self.bounds(keys).map { (q, $0) } }) else {
            return 0..<0
        }
        let limit = rows.count / 2
        // Distances that exceed 31 bits wrap around, so any row may be used.
        let (least, greatest) = (k.lowerBound - q.upperBound, k.upperBound - q.lowerBound)
        let isWrapping = least < Int(Int32.min) || greatest > Int(Int32.max)
        let first = isWrapping ? 0 : max(-limit, min(limit, least)) + limit
        let last = isWrapping ? rows.count - 1 : max(-limit, min(limit, greatest)) + limit
        guard let used = Self.bounds(UnsafeBufferPointer(rebasing: rows[first...last])) else { return 0..<0 }
        return used.lowerBound..<used.upperBound + 1
    }

    private static func bounds(_ values: UnsafeBufferPointer<Int32>) -> ClosedRange<Int>? {
        guard let least = values.min(), let greatest = values.max() else { return nil }
        return Int(least)...Int(greatest)
    }
}

/// The positions of queries and keys.
private enum Places {
    case given(queries: UnsafePointer<Int32>, keys: UnsafePointer<Int32>)
    /// The index of each token in its sequence: 0, 1, 2, …
    case indices(HostStorage)

    init(_ places: AttentionPlaces?, longest: Int, for kernels: HostKernels) throws {
        if let places {
            self = .given(queries: try kernels.integers(places.queries), keys: try kernels.integers(places.keys))
        } else {
            let storage = try kernels.memory.allocate(max(1, longest) * MemoryLayout<Int32>.size)
            let start = storage.start.assumingMemoryBound(to: Int32.self)
            for index in 0..<longest { start[index] = Int32(index) }
            self = .indices(storage)
        }
    }

    /// Returns the positions of queries in these rows. The first one has the index `first` in its sequence.
    func queries(_ rows: Range<Int>, first: Int) -> UnsafePointer<Int32> {
        switch self {
        case .given(let queries, _): queries + rows.lowerBound
        case .indices(let storage): UnsafePointer(storage.start.assumingMemoryBound(to: Int32.self) + first)
        }
    }

    /// Returns the positions of all keys of a sequence, which are in these rows.
    func keys(_ rows: Range<Int>) -> UnsafePointer<Int32> {
        switch self {
        case .given(_, let keys): keys + rows.lowerBound
        case .indices(let storage): UnsafePointer(storage.start.assumingMemoryBound(to: Int32.self))
        }
    }
}

/// The tables of a rotation and the table row of each token, as pointers into operands.
struct RotationTables {
    private let cosines: UnsafePointer<Float>
    private let sines: UnsafePointer<Float>
    /// The negated sines for the inverse rotation, if it is needed.
    private let negative: Tensor?
    private let half: Int
    private let positions: (queries: UnsafePointer<Int32>, keys: UnsafePointer<Int32>)?

    private let backSines: UnsafePointer<Float>?

    /// Creates the tables; nil if there is no rotation.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` if a position is outside of the tables.
    init?(_ options: AttentionOptions, turnsBack: Bool = false, for kernels: HostKernels) throws {
        guard let rotation = options.rotation else { return nil }
        cosines = try kernels.floats(rotation.cosines)
        sines = try kernels.floats(rotation.sines)
        negative = turnsBack ? try kernels.unary(.negate, rotation.sines) : nil
        backSines = try negative.map(kernels.floats)
        half = rotation.cosines.shape[1]
        positions = try options.rotationPositions.map { positions in
            func checked(_ tensor: Tensor) throws -> UnsafePointer<Int32> {
                let start = try kernels.integers(tensor)
                try HostKernels.check(
                    UnsafeBufferPointer(start: start, count: tensor.shape[0]), below: rotation.cosines.shape[0])
                return start
            }
            return (try checked(positions.queries), try checked(positions.keys))
        }
    }

    /// Rotates all rows of a sequence's queries or keys.
    func turn(
        _ x: UnsafePointer<Float>, _ stride: Int, isKeys: Bool, isBack: Bool = false, rows: Range<Int>,
        into y: UnsafeMutablePointer<Float>, _ outStride: Int, _ kernels: HostKernels
    ) {
        kernels.routines.pointee.rotate(
            rows.count, half, x, stride, cosines, (isBack ? backSines : nil) ?? sines,
            positions.map { (isKeys ? $0.keys : $0.queries) + rows.lowerBound }, y, outStride)
    }

    /// Makes a head use rotated copies of queries and keys in `memory`. Returns the end of the used memory.
    func rotate(
        _ operands: inout bert_attention_head, queries: Range<Int>, first: Int, keys: Range<Int>,
        into memory: UnsafeMutablePointer<Float>, _ kernels: HostKernels
    ) -> UnsafeMutablePointer<Float> {
        let width = operands.width
        let rotatedKeys = memory + queries.count * width
        // Without positions, row i is for index i of the sequence.
        let start = positions == nil ? first * half : 0
        kernels.routines.pointee.rotate(
            queries.count, half, operands.q, operands.ldq, cosines + start, sines + start,
            positions.map { $0.queries + queries.lowerBound }, memory, width)
        kernels.routines.pointee.rotate(
            keys.count, half, operands.k, operands.ldk, cosines, sines, positions.map { $0.keys + keys.lowerBound },
            rotatedKeys, width)
        (operands.q, operands.ldq, operands.k, operands.ldk) = (
            UnsafePointer(memory), width, UnsafePointer(rotatedKeys), width
        )
        return rotatedKeys + keys.count * width
    }
}

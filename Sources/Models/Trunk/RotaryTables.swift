import BertCore
import BertLocks

/// The tables of cosines and sines of rotary embeddings on a backend, which all layers with the same design share.
final class RotaryTables: Sendable {
    private let design: RotaryDesign
    private let backend: any ComputeBackend
    private let table: Rotation
    /// The tables of long sequences by length, up to ``maximumCount``.
    private let longTables = ForkSafeMutex<[Int: Rotation]>([:])
    private static let maximumCount = 16

    init(_ design: RotaryDesign, on backend: any ComputeBackend) throws {
        self.design = design
        self.backend = backend
        table = try Self.table(design, design.frequencies, on: backend)
    }

    /// Returns the rotation of a layer's queries and keys.
    func callAsFunction(_ input: LayerInput) throws -> Rotation {
        if let dynamic = design.dynamic, let rotation = try rotation(dynamic, input) { return rotation }
        var rotation = table
        rotation.positions = input.positions
        return rotation
    }

    /// Returns a rotation in which every long sequence has its own table; nil if there are no long sequences.
    ///
    /// The tables are concatenated, and each position is a row of the result.
    private func rotation(_ dynamic: DynamicScaling, _ input: LayerInput) throws -> Rotation? {
        let lengths = (0..<input.keys.count).map {
            max(input.host.length(of: input.keys[$0]), dynamic.trainedPositions)
        }
        let distinct = Set(lengths).sorted()
        guard let longest = distinct.last, longest > dynamic.trainedPositions else { return nil }
        let tables = try distinct.map { $0 > dynamic.trainedPositions ? try longTable($0, dynamic) : table }
        let starts = Dictionary(uniqueKeysWithValues: distinct.indices.map { (distinct[$0], $0 * design.positions) })
        func rows(_ positions: [Int32], _ sequences: PackedSequences) throws -> Tensor {
            var rows = positions
            for (sequence, length) in lengths.enumerated() {
                let start = Int32(starts[length, default: 0])
                for token in sequences[sequence] { rows[token] += start }
            }
            return try backend.indices(rows)
        }
        let keys = try rows(input.host.positions, input.keys)
        let queries = try input.rows == nil ? keys : rows(input.host.queryPositions, input.queries)
        return Rotation(
            cosines: try joined(tables.map(\.cosines)), sines: try joined(tables.map(\.sines)),
            positions: AttentionPlaces(queries: queries, keys: keys))
    }

    private func joined(_ tables: [Tensor]) throws -> Tensor {
        try tables.count == 1 ? tables[0] : backend.concatenate(tables, axis: 0)
    }

    private func longTable(_ length: Int, _ dynamic: DynamicScaling) throws -> Rotation {
        if let table = longTables.withLock({ $0[length] }) { return table }
        let made = try Self.table(design, dynamic.frequencies(ofLength: length), on: backend)
        longTables.withLock {
            if $0.count >= Self.maximumCount { $0 = [:] }
            $0[length] = made
        }
        return made
    }

    private static func table(
        _ design: RotaryDesign, _ frequencies: [Double], on backend: any ComputeBackend
    ) throws -> Rotation {
        func table(_ function: (Double) -> Double) throws -> Tensor {
            var values: [Float] = []
            values.reserveCapacity(design.positions * frequencies.count)
            for position in 0..<design.positions {
                for frequency in frequencies {
                    values.append(Float(design.scale * function(Double(position) * frequency)))
                }
            }
            return try backend.constant(values, shape: [design.positions, frequencies.count])
        }
        return Rotation(cosines: try table(cosine), sines: try table(sine))
    }
}

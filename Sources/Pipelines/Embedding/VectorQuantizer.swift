import BertCore

/// A quantizer for vectors, like `quantize_embeddings` in sentence-transformers.
///
/// ```swift
/// let ranges = try VectorRanges(of: embedder.embed(sample))
/// let quantize = try VectorQuantizer(.int8, ranges: ranges)
/// let vectors = try embedder.embed(texts).map { try quantize($0) }
/// ```
///
/// `int8` and `uint8` divide given ranges into steps. Vectors can only be compared with vectors of the same ranges, so
/// ranges are never derived from a batch.
public struct VectorQuantizer: Sendable {
    /// The storage format of components.
    public let precision: VectorPrecision
    private let starts: [Float]
    private let steps: [Float]

    /// Creates a quantizer.
    ///
    /// - Parameters:
    ///   - precision: The storage format of components.
    ///   - ranges: The ranges that `int8` and `uint8` divide into 256 steps, usually taken from a sample of the texts.
    /// - Throws: ``BertError`` with code `invalidArgument` if the precision requires ranges and there are none.
    public init(_ precision: VectorPrecision, ranges: VectorRanges? = nil) throws {
        self.precision = precision
        guard precision.needsRanges else {
            (starts, steps) = ([], [])
            return
        }
        guard let ranges else {
            throw BertError(
                .invalidArgument,
                "the precision \(precision.rawValue) requires the ranges of the components, from a sample of vectors")
        }
        starts = ranges.minima
        steps = zip(ranges.minima, ranges.maxima).map { $0 == $1 ? 1 : ($1 - $0) / 255 }
    }

    /// Returns the number of values in a quantized vector with `width` components.
    public func count(of width: Int) -> Int {
        switch precision {
        case .float32, .int8, .uint8: width
        case .binary, .ubinary: (width + 7) / 8
        }
    }

    /// Quantizes a vector.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` if its dimension differs from that of the ranges.
    public func callAsFunction(_ vector: [Float]) throws -> QuantizedVector {
        switch precision {
        case .float32: .float32(vector)
        case .uint8: .uint8(try steps(of: vector))
        case .int8: .int8(try steps(of: vector).map(Self.shifted))
        case .ubinary: .uint8(Self.bits(of: vector))
        case .binary: .int8(Self.bits(of: vector).map(Self.shifted))
        }
    }

    /// Returns the step of each component. Components out of range are clamped.
    private func steps(of vector: [Float]) throws -> [UInt8] {
        guard vector.count == starts.count else {
            throw BertError(
                .invalidArgument, "ranges of \(starts.count) components don't match a vector with \(vector.count)")
        }
        return vector.indices.map { index in
            let step = ((vector[index] - starts[index]) / steps[index]).rounded(.down)
            return UInt8(Float.minimum(Float.maximum(step, 0), 255))
        }
    }

    private static func bits(of vector: [Float]) -> [UInt8] {
        stride(from: 0, to: vector.count, by: 8).map { start in
            vector[start..<min(start + 8, vector.count)].enumerated()
                .reduce(0) { $0 | ($1.element > 0 ? 0x80 >> $1.offset : 0) }
        }
    }

    private static func shifted(_ byte: UInt8) -> Int8 { Int8(truncatingIfNeeded: Int(byte) - 128) }
}

import BertCore
import BertHostKernels

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
    /// The sizes of the steps, or 0 for components that are the same in all vectors.
    private let sizes: [Float]

    /// Creates a quantizer.
    ///
    /// - Parameters:
    ///   - precision: The storage format of components.
    ///   - ranges: The ranges that `int8` and `uint8` divide into 256 steps, usually taken from a sample of the texts.
    /// - Throws: ``BertError`` with code `invalidArgument` if the precision requires ranges and there are none.
    public init(_ precision: VectorPrecision, ranges: VectorRanges? = nil) throws {
        self.precision = precision
        guard precision.needsRanges else {
            (starts, steps, sizes) = ([], [], [])
            return
        }
        guard let ranges else {
            throw BertError(
                .invalidArgument,
                "the precision \(precision.rawValue) requires the ranges of the components, from a sample of vectors")
        }
        starts = ranges.minima
        sizes = zip(ranges.minima, ranges.maxima).map { ($1 - $0) / 255 }
        steps = sizes.map { $0 == 0 ? 1 : $0 }
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

    /// Returns the approximate components of a quantized vector: the middle of each step, or 1 and -1 for bits.
    ///
    /// - Parameters:
    ///   - vector: A vector that this quantizer could have returned.
    ///   - width: The number of components.
    /// - Throws: ``BertError`` with code `invalidArgument` if the vector has another type or another size.
    public func dequantize(_ vector: QuantizedVector, width: Int) throws -> [Float] {
        let bytes: [UInt8]
        switch (vector, precision) {
        case (.float32(let values), .float32) where values.count == width: return values
        case (.uint8(let values), .uint8), (.uint8(let values), .ubinary): bytes = values
        case (.int8(let values), .int8), (.int8(let values), .binary): bytes = values.map { UInt8(bitPattern: $0) }
        default:
            throw BertError(
                .invalidArgument, "not a vector of precision \(precision.rawValue) with \(width) components")
        }
        try check(width: width)
        guard bytes.count == count(of: width) else {
            throw BertError(
                .invalidArgument,
                "a \(precision.rawValue) vector of \(width) components has \(count(of: width)) values, not \(bytes.count)",
                value: .int(bytes.count), limit: .int(count(of: width)))
        }
        return [Float](unsafeUninitializedCapacity: width) { values, count in
            bytes.withUnsafeBytes { write($0, width: width, to: values) }
            count = width
        }
    }

    /// Checks that vectors of this size can be dequantized.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` if the ranges are those of vectors of another size.
    func check(width: Int) throws {
        guard !precision.needsRanges || starts.count == width else {
            throw BertError(
                .invalidArgument, "ranges of \(starts.count) components don't match vectors with \(width)",
                value: .int(starts.count), limit: .int(width))
        }
    }

    /// Writes the approximate components of contiguous quantized vectors, except for float32.
    ///
    /// - Precondition: `bytes` has whole vectors of a size that passes ``check(width:)``; `values` has room for them.
    func write(_ bytes: UnsafeRawBufferPointer, width: Int, to values: UnsafeMutableBufferPointer<Float>) {
        if precision.needsRanges {
            writeSteps(bytes, to: values)
        } else {
            Self.writeSigns(bytes, flip, width: width, to: values)
        }
    }

    /// The bits of a byte that are inverted in signed formats.
    var flip: UInt8 { precision == .int8 || precision == .binary ? 0x80 : 0 }

    /// Returns contiguous quantized vectors in the form that a search scans, except for float32.
    func scanned(_ bytes: UnsafeRawPointer) -> ScannedRows {
        let bytes = bytes.assumingMemoryBound(to: UInt8.self)
        return precision.needsRanges
            ? .steps(bytes, flip: flip, starts: starts, sizes: sizes) : .signs(bytes, flip: flip)
    }

    private func writeSteps(_ bytes: UnsafeRawBufferPointer, to values: UnsafeMutableBufferPointer<Float>) {
        let width = starts.count
        guard width > 0, let from = bytes.bindMemory(to: UInt8.self).baseAddress, let to = values.baseAddress else {
            return
        }
        for first in stride(from: 0, to: bytes.count, by: width) {
            Scan.shared.widen(from + first, flip: flip, starts: starts, sizes: sizes, to: to + first)
        }
    }

    private static func writeSigns(
        _ bytes: UnsafeRawBufferPointer, _ flip: UInt8, width: Int, to values: UnsafeMutableBufferPointer<Float>
    ) {
        guard let start = values.baseAddress, width > 0 else { return }
        let (whole, left) = (width / 8, width % 8)
        let stored = whole + (left > 0 ? 1 : 0)
        signs.withUnsafeBufferPointer { signs in
            for row in 0..<bytes.count / stored {
                let (from, to) = (row * stored, start + row * width)
                for index in 0..<whole {
                    UnsafeMutableRawPointer(to + 8 * index)
                        .storeBytes(of: signs[Int(bytes[from + index] ^ flip)], as: SIMD8<Float>.self)
                }
                guard left > 0 else { continue }
                let last = signs[Int(bytes[from + whole] ^ flip)]
                for index in 0..<left { to[8 * whole + index] = last[index] }
            }
        }
    }

    /// The signs of the eight components in each byte.
    private static let signs: [SIMD8<Float>] = (0..<256).map { byte in
        var signs = SIMD8<Float>(repeating: -1)
        for index in 0..<8 where byte & (0x80 >> index) != 0 { signs[index] = 1 }
        return signs
    }

    /// Returns the step of each component. Components out of range are clamped.
    private func steps(of vector: [Float]) throws -> [UInt8] {
        guard vector.count == starts.count else {
            throw BertError(
                .invalidArgument, "ranges of \(starts.count) components don't match a vector with \(vector.count)",
                value: .int(vector.count), limit: .int(starts.count))
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

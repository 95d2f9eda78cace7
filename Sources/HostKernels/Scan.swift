import BertCore
import CBertKernels

/// Stored vectors in host memory that a search compares with queries.
package enum ScannedRows: @unchecked Sendable {
    // The pointers are valid during a call.

    /// float32 components.
    case floats(UnsafePointer<Float>)
    /// A byte b per component, for start + size · min((b ^ flip) + 0.5, 255).
    case steps(UnsafePointer<UInt8>, flip: UInt8, starts: [Float], sizes: [Float])
    /// A bit per component, for 1 if it is set in b ^ flip, and otherwise for -1. The first component of a byte is its
    /// highest bit.
    case signs(UnsafePointer<UInt8>, flip: UInt8)
}

/// Scores of stored vectors for a search.
package struct Scan: Sendable {
    nonisolated(unsafe) private let routines: UnsafePointer<bert_kernel_table>

    /// The scan for the instruction set that the environment selects.
    package static let shared = Scan((try? InstructionSet(.process)) ?? .best)

    /// - Precondition: The processor supports `instructions`.
    package init(_ instructions: InstructionSet) { routines = instructions.routines }

    /// Computes the dot products of `count` rows, starting with row `first`, with queries `[queries, width]`, as
    /// `[count, queries]`. Each row is read once.
    ///
    /// - Precondition: `scores` has room for them.
    package func scores(
        _ rows: ScannedRows, from first: Int, count: Int, width: Int, queries: UnsafeBufferPointer<Float>,
        into scores: UnsafeMutableBufferPointer<Float>
    ) {
        guard width > 0, let start = queries.baseAddress, let scores = scores.baseAddress else { return }
        let queryCount = queries.count / width
        switch rows {
        case .floats(let x):
            routines.pointee.scan_floats(count, width, x + first * width, width, queryCount, start, scores, queryCount)
        case .steps(let x, let flip, let starts, let sizes):
            routines.pointee.scan_bytes(
                count, width, x + first * width, width, flip, starts, sizes, queryCount, start, scores, queryCount)
        case .signs(let x, let flip):
            let stored = (width + 7) / 8
            routines.pointee.scan_bits(
                count, width, x + first * stored, stored, flip, queryCount, start, scores, queryCount)
        }
    }

    /// Computes, for `count` rows of bits, starting with row `first`, the number that an upper bound of their score
    /// with a query depends on: see ``SignPlanes/bound(_:)``.
    package func counts(
        _ rows: UnsafePointer<UInt8>, from first: Int, count: Int, _ planes: SignPlanes,
        into counts: UnsafeMutableBufferPointer<UInt32>
    ) {
        guard let counts = counts.baseAddress else { return }
        planes.words.withUnsafeBufferPointer { words in
            guard let start = words.baseAddress else { return }
            routines.pointee.scan_planes(
                count, planes.byteCount, rows + first * planes.byteCount, planes.byteCount, 1, start, counts, 1)
        }
    }

    /// Computes starts + sizes · min((bytes ^ flip) + 0.5, 255) for a row of bytes.
    package func widen(
        _ bytes: UnsafePointer<UInt8>, flip: UInt8, starts: [Float], sizes: [Float],
        to values: UnsafeMutablePointer<Float>
    ) {
        routines.pointee.widen_steps(starts.count, bytes, flip, starts, sizes, values)
    }
}

/// A query in the form in which it is compared with rows of bits quickly: its signs, and its magnitudes in four bits.
///
/// A row's score is the sum of all magnitudes minus twice the sum of those whose sign differs. The sum of the rounded
/// magnitudes only takes counting bits, and gives an upper bound of the score. Rows whose bound is too low need no
/// score.
package struct SignPlanes: Sendable {
    /// The number of bytes in a row.
    let byteCount: Int
    /// The signs and the planes of the magnitudes, from the lowest bit.
    let words: [UInt64]
    private let highest: Float
    private let step: Float

    /// - Parameters:
    ///   - query: The components, which are finite.
    ///   - flip: The bits of a row that are inverted.
    package init(_ query: some Collection<Float>, flip: UInt8) {
        byteCount = (query.count + 7) / 8
        let wordCount = (byteCount + 7) / 8
        let largest = Double(query.lazy.map(\.magnitude).max() ?? 0)
        let unit = largest / Double((1 << Int(BERT_SCAN_PLANES)) - 1)
        var bytes = [UInt8](repeating: 0, count: 8 * wordCount * (1 + Int(BERT_SCAN_PLANES)))
        var (sum, rounding) = (0.0, 0.0)
        for (k, value) in query.enumerated() {
            let magnitude = Double(value.magnitude)
            let rounded = unit > 0 ? Int((magnitude / unit).rounded()) : 0
            sum += magnitude
            // What the sum of rounded magnitudes can exceed that of magnitudes by.
            rounding += max(0, Double(rounded) * unit - magnitude)
            let bit: UInt8 = 0x80 >> UInt8(k % 8)
            if (value < 0) == (flip & bit == 0) { continue }
            bytes[k / 8] |= bit
        }
        for (k, value) in query.enumerated() where unit > 0 {
            let rounded = Int((Double(value.magnitude) / unit).rounded())
            for plane in 0..<Int(BERT_SCAN_PLANES) where rounded >> plane & 1 == 1 {
                bytes[8 * wordCount * (1 + plane) + k / 8] |= 0x80 >> UInt8(k % 8)
            }
        }
        words = bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self) }
        }
        // Rounding errors of the score and of the bound.
        let margin = sum * Double(query.count + 16) * 0x1p-22
        highest = Float(sum + 2 * rounding + margin).nextUp
        step = Float(2 * unit)
    }

    /// Returns an upper bound of the score of a row with the given count.
    @inline(__always)
    package func bound(_ count: UInt32) -> Float { highest - step * Float(count) }
}

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

    /// Computes starts + sizes · min((bytes ^ flip) + 0.5, 255) for a row of bytes.
    package func widen(
        _ bytes: UnsafePointer<UInt8>, flip: UInt8, starts: [Float], sizes: [Float],
        to values: UnsafeMutablePointer<Float>
    ) {
        routines.pointee.widen_steps(starts.count, bytes, flip, starts, sizes, values)
    }
}

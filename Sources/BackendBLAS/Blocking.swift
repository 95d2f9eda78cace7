/// The maximum size of a product in a single OpenBLAS call.
///
/// Since 0.3.17, the AVX-512 kernels of OpenBLAS compute products of up to a million multiplications in place, without
/// packing the operands. From four rows on, products of that size reach more than 90 % of the processor's peak
/// (measured with 0.3.21), while a single call for a whole product needs hundreds of rows.
package struct Blocking: Sendable {
    /// The maximum number of rows of the result.
    let rows: Int
    /// The maximum number of columns of the result, which is also the width of the panels of prepared weights.
    let columns: Int
    /// The maximum inner dimension.
    let depth: Int

    /// No limits: OpenBLAS packs and blocks by itself.
    package static let none = Blocking(rows: .max, columns: .max, depth: .max)
    /// 884,736 multiplications: a panel of four vectors, and as much depth as fits the L2 cache.
    package static let inPlace = Blocking(rows: 36, columns: 64, depth: 384)

    /// Returns the end of the panel that starts at a column.
    func end(of column: Int) -> Int {
        let (end, overflow) = column.addingReportingOverflow(columns)
        return overflow ? .max : end
    }

    /// Returns the best blocking for a library.
    static func suiting(version: OpenBLASVersion, coreName: String) -> Blocking {
        let hasKernels = ["SkylakeX", "Cooperlake", "SapphireRapids"].contains(coreName)
        return hasKernels && version >= OpenBLASVersion(0, 3, 17) ? .inPlace : .none
    }
}

/// A range divided into parts of nearly equal length, with a maximum length.
struct EvenParts {
    private let range: Range<Int>
    /// The number of parts; at least one.
    let count: Int

    init(_ range: Range<Int>, limit: Int) {
        self.range = range
        count = max(1, (range.count - 1) / limit + 1)
    }

    subscript(part: Int) -> Range<Int> {
        range.lowerBound + range.count * part / count..<range.lowerBound + range.count * (part + 1) / count
    }
}

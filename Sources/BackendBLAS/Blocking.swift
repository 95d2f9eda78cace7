/// The largest product to give to OpenBLAS in one call.
///
/// Since 0.3.17 its AVX-512 kernels multiply matrices of up to a million multiplications in place, without copying them
/// into blocks first. Products of that size run at more than 90 % of the processor's peak from four rows on (measured with
/// 0.3.21), while a single call for the whole product needs hundreds of rows.
package struct Blocking: Sendable {
    /// Rows of the result.
    let rows: Int
    /// Columns of the result, and the width of the panels of prepared weights.
    let columns: Int
    /// The inner dimension.
    let depth: Int

    /// No limits: OpenBLAS copies and blocks by itself.
    package static let none = Blocking(rows: .max, columns: .max, depth: .max)
    /// 884,736 multiplications: a panel of four vectors, and as much depth as fits the second-level cache.
    package static let inPlace = Blocking(rows: 36, columns: 64, depth: 384)

    /// The end of the panel that begins at this column.
    func end(of column: Int) -> Int {
        let (end, overflow) = column.addingReportingOverflow(columns)
        return overflow ? .max : end
    }

    /// The blocking that suits a library.
    static func suiting(version: OpenBLASVersion, coreName: String) -> Blocking {
        let hasKernels = ["SkylakeX", "Cooperlake", "SapphireRapids"].contains(coreName)
        return hasKernels && version >= OpenBLASVersion(0, 3, 17) ? .inPlace : .none
    }
}

/// A range split into parts of nearly equal length, none longer than a limit.
struct EvenParts {
    private let range: Range<Int>
    /// The number of parts, at least one.
    let count: Int

    init(_ range: Range<Int>, limit: Int) {
        self.range = range
        count = max(1, (range.count - 1) / limit + 1)
    }

    subscript(part: Int) -> Range<Int> {
        range.lowerBound + range.count * part / count..<range.lowerBound + range.count * (part + 1) / count
    }
}

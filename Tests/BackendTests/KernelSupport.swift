import CBertKernels
import Testing

/// An implementation of the kernels for an instruction set.
struct KernelSet: Sendable, CustomTestStringConvertible {
    let name: String
    // The tables are constants of the program.
    nonisolated(unsafe) let table: UnsafePointer<bert_kernel_table>

    var testDescription: String { name }
    var run: bert_kernel_table { table.pointee }

    /// All implementations that this machine supports, starting with the slowest.
    static let all: [KernelSet] = (0..<16).compactMap { index in
        guard let table = bert_kernels_table(index) else { return nil }
        return KernelSet(name: String(cString: table.pointee.name), table: table)
    }
}

/// Relevant sizes: zero, around each vector width, and those of real models.
let kernelSizes = [0, 1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 64, 100, 384, 768, 3072]

/// A matrix with rows of `stride` elements. All elements outside [rows, columns] are sentinels.
struct GuardedMatrix {
    static let sentinel = Float(-123456.75)
    static let margin = 19
    let rows: Int
    let columns: Int
    let stride: Int
    private(set) var storage: [Float]

    /// Creates a matrix with `pad` sentinels after each row, and 19 more before the first and after the last row.
    init(rows: Int = 1, columns: Int, pad: Int = 5, value: (Int, Int) -> Float = { _, _ in -77 }) {
        self.rows = rows
        self.columns = columns
        stride = columns + pad
        storage = Array(repeating: Self.sentinel, count: rows * stride + 2 * Self.margin)
        for row in 0..<rows {
            for column in 0..<columns { storage[Self.margin + row * stride + column] = value(row, column) }
        }
    }

    subscript(row: Int, column: Int) -> Float { storage[Self.margin + row * stride + column] }

    var values: [Float] {
        var values: [Float] = []
        for row in 0..<rows {
            let start = Self.margin + row * stride
            values += storage[start..<start + columns]
        }
        return values
    }

    func read<Result>(_ body: (UnsafePointer<Float>) -> Result) -> Result {
        storage.withUnsafeBufferPointer { body($0.baseAddress.unsafelyUnwrapped + Self.margin) }
    }

    mutating func write<Result>(_ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
        storage.withUnsafeMutableBufferPointer { body($0.baseAddress.unsafelyUnwrapped + Self.margin) }
    }

    /// Whether the sentinels are unchanged.
    var isIntact: Bool {
        // The margin before the first row, the rest of each row, and the margin after the last one.
        var outside = [0..<Self.margin, storage.count - Self.margin..<storage.count]
        for row in 0..<rows {
            let end = Self.margin + (row + 1) * stride
            outside.append(end - stride + columns..<end)
        }
        return outside.allSatisfy { storage[$0].allSatisfy { $0 == Self.sentinel } }
    }
}

/// Reproducible random numbers (SplitMix64).
struct KernelNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Returns a uniformly distributed number.
    mutating func uniform(_ low: Float = -3, _ high: Float = 3) -> Float {
        low + (high - low) * Float(next() >> 40) * 0x1p-24
    }

    mutating func matrix(rows: Int = 1, columns: Int, _ low: Float = -3, _ high: Float = 3) -> GuardedMatrix {
        GuardedMatrix(rows: rows, columns: columns) { _, _ in uniform(low, high) }
    }
}

/// Records the first positions where |a − b| ≤ absolute + relative · |b| doesn't hold. NaN and ∞ must be equal.
func expectClose(
    _ actual: [Float], _ expected: [Double], absolute: Double, relative: Double, _ what: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard actual.count == expected.count else {
        Issue.record("\(what()): \(actual.count) values, expected \(expected.count)", sourceLocation: sourceLocation)
        return
    }
    var wrong: [Int] = []
    // A loop over pointers, because debug builds compare many millions of elements.
    actual.withUnsafeBufferPointer { actual in
        expected.withUnsafeBufferPointer { expected in
            var index = 0
            while index < actual.count {
                let (a, b) = (Double(actual[index]), expected[index])
                if a != b, !(a.isNaN && b.isNaN), !(abs(a - b) <= absolute + relative * abs(b)) { wrong.append(index) }
                index += 1
            }
        }
    }
    guard !wrong.isEmpty else { return }
    let lines = wrong.prefix(5).map { index in
        let difference = abs(Double(actual[index]) - expected[index])
        return "at \(index): got \(actual[index]), want \(expected[index]), difference \(difference)"
    }
    let heading = "\(what()): \(wrong.count) of \(actual.count) beyond \(absolute) + \(relative)·|want|"
    Issue.record(Comment(rawValue: ([heading] + lines).joined(separator: "\n")), sourceLocation: sourceLocation)
}

/// How far a result may be from the expected one: |got − want| ≤ absolute + relative · |want|.
public struct Tolerance: Sendable, CustomStringConvertible {
    /// The part that doesn't depend on the value.
    public let absolute: Double
    /// The part in proportion to the expected value.
    public let relative: Double

    /// A tolerance.
    public init(absolute: Double, relative: Double) {
        self.absolute = absolute
        self.relative = relative
    }

    /// For example `1e-05 + 0.0001·|want|`.
    public var description: String { "\(absolute) + \(relative)·|want|" }

    /// What is wrong with `got`, with the first five places, or nil. A NaN matches nothing.
    ///
    /// - Parameter compared: which elements count; all if nil.
    public func mismatch(_ got: [Float], _ want: [Float], where compared: (Int) -> Bool = { _ in true }) -> String? {
        guard got.count == want.count else { return "\(got.count) elements instead of \(want.count)" }
        var lines: [String] = []
        var (count, total) = (0, 0)
        for index in got.indices where compared(index) {
            total += 1
            let difference = Swift.abs(Double(got[index]) - Double(want[index]))
            if difference <= absolute + relative * Swift.abs(Double(want[index])) { continue }
            count += 1
            if lines.count < 5 {
                lines.append("  [\(index)] got \(got[index]), want \(want[index]), difference \(difference)")
            }
        }
        if total == 0, !got.isEmpty { return "no element was compared" }
        return count == 0
            ? nil : "\(count) of \(total) elements differ by more than \(self):\n" + lines.joined(separator: "\n")
    }
}

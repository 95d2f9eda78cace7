public import BertCore

extension Tolerance {
    /// Returns a description of the first five mismatches, or nil.
    ///
    /// - Parameter compared: Returns whether an element is compared. The default is all elements.
    public func mismatch(_ got: [Float], _ want: [Float], where compared: (Int) -> Bool = { _ in true }) -> String? {
        guard got.count == want.count else { return "\(got.count) elements instead of \(want.count)" }
        var lines: [String] = []
        var (count, total) = (0, 0)
        for index in got.indices where compared(index) {
            total += 1
            if want[index].isFinite, accepts(Double(got[index]), for: Double(want[index])) { continue }
            count += 1
            if lines.count < 5 {
                lines.append(
                    "  [\(index)] got \(got[index]), want \(want[index]), difference \(got[index] - want[index])")
            }
        }
        if total == 0, !got.isEmpty { return "no element was compared" }
        return count == 0
            ? nil : "\(count) of \(total) elements differ by more than \(self):\n" + lines.joined(separator: "\n")
    }
}

/// A sentence followed by labeled lines, for longer messages.
package struct LabelledText: CustomStringConvertible {
    private var lines: [String]

    package init(_ headline: String) { lines = [headline] }

    /// Adds a line, unless the text is nil.
    package mutating func add(_ label: String, _ text: String?) {
        guard let text else { return }
        lines.append("  " + label + ":" + String(repeating: " ", count: max(1, 11 - label.count)) + text)
    }

    package var description: String { lines.joined(separator: "\n") }
}

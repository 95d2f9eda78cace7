/// A sentence followed by labelled lines: the form of longer messages.
struct LabelledText: CustomStringConvertible {
    private var lines: [String]

    init(_ headline: String) { lines = [headline] }

    /// Adds a line, unless the text is empty.
    mutating func add(_ label: String, _ text: String?) {
        guard let text else { return }
        lines.append("  " + label + ":" + String(repeating: " ", count: max(1, 11 - label.count)) + text)
    }

    var description: String { lines.joined(separator: "\n") }
}

/// A sentence and labelled lines under it: the form of messages that have more to say than a sentence.
struct LabelledText: CustomStringConvertible {
    private var lines: [String]

    init(_ headline: String) { lines = [headline] }

    /// Adds a line; nothing if there is nothing to say.
    mutating func add(_ label: String, _ text: String?) {
        guard let text else { return }
        lines.append("  " + label + ":" + String(repeating: " ", count: max(1, 11 - label.count)) + text)
    }

    var description: String { lines.joined(separator: "\n") }
}

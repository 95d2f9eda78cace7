/// A text style on a terminal. Other outputs are plain.
enum Style: String {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"

    /// Returns the text in this style.
    func callAsFunction(_ text: String) -> String {
        Output.hasColours && !text.isEmpty ? "\u{1b}[\(rawValue)m\(text)\u{1b}[0m" : text
    }
}

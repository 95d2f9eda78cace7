/// How words look on a terminal; plain everywhere else.
enum Style: String {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"

    /// The text in this style.
    func callAsFunction(_ text: String) -> String {
        Output.hasColours && !text.isEmpty ? "\u{1b}[\(rawValue)m\(text)\u{1b}[0m" : text
    }
}

/// A pattern of a tokenizer component: a string or a regular expression.
enum TextPattern: Sendable {
    case literal([UInt8])
    case regex(ScalarRegex)

    /// Calls `body` with each match, from left to right and without overlap.
    func forEachMatch(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) {
        switch self {
        case .literal(let pattern):
            guard let first = pattern.first else { return }
            var i = 0
            while i + pattern.count <= text.count {
                if text[i] == first, text[i..<i + pattern.count].elementsEqual(pattern) {
                    body(i..<i + pattern.count)
                    i += pattern.count
                } else {
                    i += 1
                }
            }
        case .regex(let regex): regex.forEachMatch(in: text, body)
        }
    }
}

/// A node of a parsed regular expression.
indirect enum RegexNode: Sendable {
    case empty
    case set(ScalarSet)
    case sequence([RegexNode])
    case alternatives([RegexNode])
    case repeated(RegexNode, least: Int, most: Int, RegexGreed)
    case look(RegexNode, isNegated: Bool)
    case lookBehind(RegexNode, isNegated: Bool)
    case atomic(RegexNode)
    /// A grapheme cluster.
    case cluster
    case anchor(RegexInstruction)

    static let lineFeed = ScalarSet(0x0A)
    /// A line break: CR LF, or a single one.
    static let lineBreak: RegexNode = .alternatives([
        .sequence([.set(ScalarSet(0x0D)), .set(lineFeed)]),
        .set(ScalarSet([.range(0x0A, 0x0D), .range(0x85, 0x85), .range(0x2028, 0x2029)])),
    ])
}

/// Statistics of the lengths of texts, in tokens including special tokens.
public struct TokenStatistics: Sendable, Hashable {
    /// The number of texts.
    public let texts: Int
    /// The mean length.
    public let mean: Double
    /// The median, the 95th percentile (nearest rank), and the maximum length.
    public let median: Int
    public let percentile95: Int
    public let greatest: Int

    /// - Parameter lengths: At least one length.
    public init(_ lengths: [Int]) {
        let sorted = lengths.sorted()
        func percentile(_ share: Double) -> Int {
            sorted[min(sorted.count, max(1, Int((share * Double(sorted.count)).rounded(.up)))) - 1]
        }
        texts = sorted.count
        mean = Double(sorted.reduce(0, +)) / Double(max(sorted.count, 1))
        (median, percentile95, greatest) = (percentile(0.5), percentile(0.95), percentile(1))
    }
}

extension ExitData {
    /// Statistics of the lengths of the texts.
    public var tokens: TokenStatistics { TokenStatistics(texts.map(\.tokens)) }
}

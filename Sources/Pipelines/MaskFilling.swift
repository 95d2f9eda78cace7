/// One guess at a masked word. Its JSON is that of Hugging Face's fill-mask pipeline.
public struct MaskFilling: Sendable, Hashable, Codable {
    /// Its probability.
    public let score: Double
    /// The token's id.
    public let token: Int
    /// The token as text.
    public let tokenString: String
    /// The whole text with the guess in it.
    public let sequence: String

    private enum CodingKeys: String, CodingKey {
        case score, token
        case tokenString = "token_str"
        case sequence
    }
}

/// The guesses at the masked words of one text, the likeliest first.
///
/// In JSON one masked word is a list of guesses, and several are a list of such lists.
public struct MaskFillings: Sendable, Hashable, Codable {
    /// For each masked word of the text its guesses.
    public let masks: [[MaskFilling]]

    init(masks: [[MaskFilling]]) { self.masks = masks }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let masks = try? container.decode([[MaskFilling]].self) {
            self.masks = masks
        } else {
            masks = [try container.decode([MaskFilling].self)]
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if masks.count == 1 { try container.encode(masks[0]) } else { try container.encode(masks) }
    }
}

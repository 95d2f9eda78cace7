/// A prediction for a masked token. Its JSON has the format of Hugging Face's fill-mask pipeline.
public struct MaskFilling: Sendable, Hashable, Codable {
    /// The probability.
    public let score: Double
    /// The id of the token.
    public let token: Int
    /// The text of the token.
    public let tokenString: String
    /// The whole text with the prediction inserted.
    public let sequence: String

    private enum CodingKeys: String, CodingKey {
        case score, token
        case tokenString = "token_str"
        case sequence
    }
}

/// The predictions for the masked tokens of one text, in order of decreasing probability.
///
/// In JSON, a single masked token is an array of predictions, and several are an array of such arrays.
public struct MaskFillings: Sendable, Hashable, Codable {
    /// The predictions for each masked token.
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

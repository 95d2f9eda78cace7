public import BertCore

/// Refuses values that no model can have, under the names that the file has for their keys.
public struct ConfigurationCheck: Sendable {
    let config: BertConfig
    let source: String

    /// - Throws: ``BertError`` with code `invalidConfiguration`, file and key unless `isRight`.
    public func callAsFunction(
        _ isRight: Bool, _ key: String, _ reason: @autoclosure () -> String, value: BertError.Value? = nil,
        limit: BertError.Value? = nil
    ) throws {
        if !isRight {
            throw BertError(
                .invalidConfiguration, reason(), file: source, key: config.fileKey(key), value: value, limit: limit)
        }
    }

    /// Checks an integer's bounds.
    public func expect(_ key: String, _ value: Int, _ bounds: ClosedRange<Int>) throws {
        try self(
            bounds.contains(value), key,
            "expected an integer from \(bounds.lowerBound) to \(bounds.upperBound), found \(value)", value: .int(value),
            limit: .int(value < bounds.lowerBound ? bounds.lowerBound : bounds.upperBound))
    }

    /// Checks a probability.
    func expectProbability(_ key: String, _ value: Double) throws {
        try self(
            (0...1).contains(value), key, "expected a probability from 0 to 1, found \(value)", value: .double(value))
    }
}

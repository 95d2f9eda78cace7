public import BertCore

/// A validator that reports invalid configuration values with the keys of the file.
public struct ConfigurationCheck: Sendable {
    let config: BertConfig
    let source: String

    /// Throws an error unless `isRight` is true.
    ///
    /// - Throws: ``BertError`` with code `invalidConfiguration`, the file and the key.
    public func callAsFunction(
        _ isRight: Bool, _ key: String, _ reason: @autoclosure () -> String, value: BertError.Value? = nil,
        limit: BertError.Value? = nil
    ) throws {
        if !isRight {
            throw BertError(
                .invalidConfiguration, reason(), file: source, key: config.fileKey(key), value: value, limit: limit)
        }
    }

    /// Checks that an integer is within bounds.
    public func expect(_ key: String, _ value: Int, _ bounds: ClosedRange<Int>) throws {
        try self(
            bounds.contains(value), key,
            "expected an integer from \(bounds.lowerBound) to \(bounds.upperBound), found \(value)", value: .int(value),
            limit: .int(value < bounds.lowerBound ? bounds.lowerBound : bounds.upperBound))
    }

    /// Checks that a number is a probability.
    func expectProbability(_ key: String, _ value: Double) throws {
        try self(
            (0...1).contains(value), key, "expected a probability from 0 to 1, found \(value)", value: .double(value))
    }
}

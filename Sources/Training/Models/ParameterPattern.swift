import BertCore

/// A regular expression that selects parameters if it matches a part of their name.
public struct ParameterPattern {
    /// The text of the expression.
    public let text: String
    private let expression: Regex<AnyRegexOutput>

    /// Parses an expression such as `embeddings|layer.[0-7]`.
    ///
    /// - Throws: ``BertCore/BertError`` with code `invalidArgument` if the expression is invalid.
    public init(_ text: String) throws {
        self.text = text
        do { expression = try Regex(text) } catch {
            throw BertError(
                .invalidArgument, "\"\(text)\" is not a regular expression: \(error)", key: "freeze",
                value: .string(text))
        }
    }

    /// Returns whether the expression selects a parameter.
    public func matches(_ name: String) -> Bool { (try? expression.firstMatch(in: name)) != nil }

    /// Checks that the expression selects at least one of the parameters.
    ///
    /// - Throws: ``BertCore/BertError`` with code `invalidArgument` and some existing names.
    public func check(against names: [String]) throws {
        guard !names.contains(where: matches) else { return }
        throw BertError(
            .invalidArgument,
            "\"\(text)\" matches none of the \(names.count) parameters, such as \(names.prefix(3).joined(separator: ", "))",
            key: "freeze", value: .string(text))
    }
}

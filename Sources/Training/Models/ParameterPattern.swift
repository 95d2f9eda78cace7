import BertCore

/// A regular expression that chooses parameters by name: it has to match a part of the name.
public struct ParameterPattern {
    /// The expression as it was written.
    public let text: String
    private let expression: Regex<AnyRegexOutput>

    /// Parses an expression: `embeddings|layer.[0-7]`.
    ///
    /// - Throws: ``BertCore/BertError`` with code `invalidArgument` if it can't be understood.
    public init(_ text: String) throws {
        self.text = text
        do { expression = try Regex(text) } catch {
            throw BertError(
                .invalidArgument, "\"\(text)\" is not a regular expression: \(error)", key: "freeze",
                value: .string(text))
        }
    }

    /// Whether it chooses a parameter.
    public func matches(_ name: String) -> Bool { (try? expression.firstMatch(in: name)) != nil }

    /// Checks that it chooses any of these.
    ///
    /// - Throws: ``BertCore/BertError`` with code `invalidArgument`, with names that there are.
    public func check(against names: [String]) throws {
        guard !names.contains(where: matches) else { return }
        throw BertError(
            .invalidArgument,
            "\"\(text)\" matches none of the \(names.count) parameters, such as \(names.prefix(3).joined(separator: ", "))",
            key: "freeze", value: .string(text))
    }
}

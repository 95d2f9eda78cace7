import Bert
import BertCore
import BertJSON

/// The format of errors on standard error, as set by `BERT_ERRORS`.
enum ErrorFormat: String, CaseIterable {
    /// `bert: error: ` and a message for people.
    case text
    /// A JSON object in a line of its own, with the code, the message and the fields of the error.
    case json

    /// Parses the variable.
    ///
    /// - Throws: `BertError` with code `invalidSetting`.
    init(_ environment: BertEnvironment) throws {
        let value = environment[.errors] ?? Self.text.rawValue
        guard let format = Self(rawValue: value.lowercased()) else {
            let names = Self.allCases.map(\.rawValue)
            throw BertError(
                .invalidSetting, "\"\(value)\" is not a format; use \(names.joined(separator: " or "))",
                key: EnvironmentVariable.errors.name, value: .string(value), choices: names)
        }
        self = format
    }

    /// Writes an error.
    ///
    /// - Parameter fix: A command that fixes it.
    func write(_ error: any Error, fix: String? = nil) {
        switch self {
        case .text:
            tell("error: \((error as? BertError)?.namingOption ?? error)")
            if let fix { tell("fix: \(fix)") }
        case .json:
            var object = BertError.json(of: error)
            if let fix { object["fix"] = .string(fix) }
            writeLine(JSONValue.object(object).serialized())
        }
    }
}

extension BertError.Code {
    /// The arguments of the program can't be parsed.
    static let usage = Self("usage")
}

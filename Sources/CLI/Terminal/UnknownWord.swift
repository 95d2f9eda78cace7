import ArgumentParser
import BertCore
import BertJSON

/// The detection of commands and options that don't exist.
///
/// The parser reports missing and unexpected arguments first. For `bert embed --modl all-MiniLM-L6-v2`, it reports that
/// `--model` is missing, but not the mistyped option; for `bert fill text`, that there are two unexpected arguments.
struct UnknownWord {
    private let arguments: [String]
    /// The command's description, as far as its name is known.
    private let command: JSONValue
    /// The words of the command's name, without `bert`.
    private let verb: [String]

    /// Finds the command of a command line.
    ///
    /// - Parameter arguments: The command line without the program's name.
    init?(_ arguments: [String]) {
        guard let help = try? JSONValue(parsing: BertCommand._dumpHelp()), var command = help["command"] else {
            return nil
        }
        var verb: [String] = []
        while let name = arguments.dropFirst(verb.count).first,
            let subcommand = Self.subcommands(command).first(where: { Self.name($0) == name })
        {
            verb.append(name)
            command = subcommand
        }
        self.arguments = arguments
        self.command = command
        self.verb = verb
    }

    /// A message about the name of a command that doesn't exist; nil if it exists or there is none.
    var commandMessage: String? {
        let known = Self.subcommands(command).compactMap(Self.name)
        guard !known.isEmpty, let word = arguments.dropFirst(verb.count).first, !word.hasPrefix("-"), word != "help"
        else {
            return nil
        }
        return message("command", word, known)
    }

    /// A message about the first option that doesn't exist; nil if all exist.
    var optionMessage: String? {
        var known: Set<String> = ["--help", "-h", "--version"]
        for argument in command["arguments"]?.arrayValue ?? [] {
            for name in argument["names"]?.arrayValue ?? [] {
                guard let text = name["name"]?.stringValue else { continue }
                known.insert(name["kind"]?.stringValue == "long" ? "--\(text)" : "-\(text)")
            }
        }
        for argument in arguments {
            if argument == "--" { return nil }
            guard argument.hasPrefix("--") else { continue }
            let option = String(argument.prefix { $0 != "=" })
            if !known.contains(option) { return message("option", option, known.sorted()) }
        }
        return nil
    }

    private func message(_ kind: String, _ word: String, _ known: [String]) -> String {
        let guess = Spelling.nearest(to: word, among: known) ?? known.first { $0.hasPrefix(word) }
        return "\((["bert"] + verb).joined(separator: " ")) has no \(kind) \(word)"
            + (guess.map { "; did you mean \($0)?" } ?? "")
    }

    private static func subcommands(_ command: JSONValue) -> [JSONValue] { command["subcommands"]?.arrayValue ?? [] }

    private static func name(_ command: JSONValue) -> String? { command["commandName"]?.stringValue }
}

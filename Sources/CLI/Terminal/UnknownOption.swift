import ArgumentParser
import BertCore
import BertJSON

/// The detection of options that a command doesn't have.
///
/// The parser reports missing arguments first. For `bert embed --modl all-MiniLM-L6-v2`, it reports that `--model` is
/// missing, but not the mistyped option.
enum UnknownOption {
    /// Returns a message about the first unknown option, or nil if all are known.
    ///
    /// - Parameter arguments: The command line without the program's name.
    static func message(_ arguments: [String]) -> String? {
        guard let help = try? JSONValue(parsing: BertCommand._dumpHelp()), var command = help["command"] else {
            return nil
        }
        var verb: [String] = []
        while let subcommands = command["subcommands"]?.arrayValue, let name = arguments.dropFirst(verb.count).first,
            let subcommand = subcommands.first(where: { $0["commandName"]?.stringValue == name })
        {
            verb.append(name)
            command = subcommand
        }
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
            guard !known.contains(option) else { continue }
            let hint = Spelling.nearest(to: option, among: known.sorted()).map { "; did you mean \($0)?" } ?? ""
            return "\((["bert"] + verb).joined(separator: " ")) has no option \(option)\(hint)"
        }
        return nil
    }
}

import BertCore
import BertJSON

/// The named prompts of a sentence-transformers folder: `prompts` in `config_sentence_transformers.json`.
public struct FolderPrompts: Sendable, Hashable {
    /// The prompts by name.
    public let texts: [String: String]
    /// The name of the default prompt, if there is one.
    public let defaultName: String?

    /// The prompts that every model of sentence-transformers has. They are empty unless the folder specifies them.
    private static let predefined: Set<String> = ["query", "document"]

    /// Reads the prompts.
    ///
    /// - Throws: `JSONError` for a prompt that isn't a string; ``BertError`` with code `invalidConfiguration` if the
    ///   default prompt doesn't exist.
    init(_ config: JSONNode?) throws {
        var texts: [String: String] = [:]
        if let node = config?.member("prompts"), !node.isNull {
            for (name, prompt) in try node.members() { texts[name] = prompt.isNull ? "" : try prompt.string() }
        }
        self.texts = texts
        guard let node = config?.member("default_prompt_name"), !node.isNull else {
            defaultName = nil
            return
        }
        let name = try node.string()
        guard texts[name] != nil || Self.predefined.contains(name) else {
            throw BertError(
                .invalidConfiguration, "unknown prompt \"\(name)\"; \(Self.list(texts.keys))", file: node.source,
                key: node.path, value: .string(name), choices: texts.keys.sorted())
        }
        defaultName = name
    }

    /// Returns the text of a prompt; nil means the default prompt.
    ///
    /// - Throws: ``BertError`` with code `unknownName` that lists the existing names.
    public func text(of prompt: Prompt?) throws -> String {
        switch prompt {
        case nil: return defaultName.flatMap { texts[$0] } ?? ""
        case .text(let text): return text
        case .query: return texts["query"] ?? ""
        case .document: return ["document", "passage", "corpus"].lazy.compactMap { texts[$0] }.first ?? ""
        case .named(let name):
            guard let text = texts[name] ?? (Self.predefined.contains(name) ? "" : nil) else {
                throw BertError(
                    .unknownName, "unknown prompt \"\(name)\"; \(Self.list(texts.keys))", value: .string(name),
                    choices: texts.keys.sorted())
            }
            return text
        }
    }

    private static func list(_ names: some Sequence<String>) -> String {
        let names = names.sorted()
        return names.isEmpty ? "the model has no prompts" : "the prompts are \(names.joined(separator: ", "))"
    }
}

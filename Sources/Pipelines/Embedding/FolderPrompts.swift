import BertCore
import BertJSON

/// The prompts that a sentence-transformers folder has, by name: `prompts` of `config_sentence_transformers.json`.
public struct FolderPrompts: Sendable, Hashable {
    /// What is put before a text.
    public let texts: [String: String]
    /// The prompt of a call that asks for none, if there is one.
    public let defaultName: String?

    /// - Throws: `JSONError` for a prompt that is no string; ``BertError`` with code `invalidConfiguration` if there is
    ///   no prompt of the default's name.
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
        guard texts[name] != nil else {
            throw BertError(
                .invalidConfiguration,
                "\(node.source ?? ""): default_prompt_name: no prompt is called \"\(name)\"; \(Self.list(texts.keys))")
        }
        defaultName = name
    }

    /// The words of a prompt; nil asks for the default.
    ///
    /// - Throws: ``BertError`` with code `unknownName`, listing the names there are.
    public func text(of prompt: Prompt?) throws -> String {
        switch prompt {
        case nil: return defaultName.flatMap { texts[$0] } ?? ""
        case .text(let text): return text
        case .query: return texts["query"] ?? ""
        case .document: return ["document", "passage", "corpus"].lazy.compactMap { texts[$0] }.first ?? ""
        case .named(let name):
            guard let text = texts[name] else {
                throw BertError(.unknownName, "no prompt is called \"\(name)\"; \(Self.list(texts.keys))")
            }
            return text
        }
    }

    private static func list(_ names: some Sequence<String>) -> String {
        let names = names.sorted()
        return names.isEmpty ? "the model's folder has none" : "there are \(names.joined(separator: ", "))"
    }
}

import ArgumentParser
import Bert
import BertJSON

/// What is searched: texts, their vectors, or both.
struct CorpusOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file with the texts to search. Its name says the format, if --corpus-format does not.", valueName: "file"
        ))
    var corpus: String?

    @Option(help: "How the corpus is written (default: jsonl).")
    var corpusFormat: InputFormat?

    @Option(help: ArgumentHelp("The member or column of the corpus that is the text.", valueName: "name"))
    var corpusTextField = "text"

    @Option(help: ArgumentHelp("The member or column of the corpus that is the id.", valueName: "name"))
    var corpusIdField = "id"

    @Option(
        help: ArgumentHelp(
            "The corpus' vectors (.npy, .jsonl or .json), as bert embed writes them: of the texts of --corpus, in their order, or without any texts.",
            valueName: "file"))
    var corpusVectors: String?

    @Option(
        help: ArgumentHelp(
            "Words to put before each text of the corpus; empty for none (default: the model's prompt \"document\", \"passage\" or \"corpus\").",
            valueName: "text"))
    var corpusPrompt: String?

    @Option(
        help: ArgumentHelp("Which of the model's own prompts to put before each text of the corpus.", valueName: "name")
    )
    var corpusPromptName: String?

    /// What is put before each text.
    var prompt: Prompt { corpusPrompt.map(Prompt.text) ?? corpusPromptName.map(Prompt.named) ?? .document }

    func validate() throws {
        if corpus == nil, corpusVectors == nil {
            throw ValidationError("nothing to search: --corpus FILE has texts, --corpus-vectors FILE their vectors")
        }
        if corpus?.lowercased().hasSuffix(".npy") == true {
            throw ValidationError("--corpus takes texts; vectors are for --corpus-vectors")
        }
        if corpusPrompt != nil, corpusPromptName != nil {
            throw ValidationError("--corpus-prompt and --corpus-prompt-name say different things; give one")
        }
    }

    /// The texts; nil if there are only vectors.
    ///
    /// - Throws: `BertError` if the file can't be opened.
    func texts() throws -> JobInput<TextFields>? {
        try corpus.map { path in
            JobInput(
                records: [], source: try ByteSource(path: path),
                format: corpusFormat ?? InputFormat(extensionOf: path) ?? .jsonl,
                fields: TextFields(text: corpusTextField, id: corpusIdField, pair: nil))
        }
    }

    /// What hits depend on.
    func facts(_ embedder: SentenceEmbedder) throws -> JSONObject {
        var facts: JSONObject = [
            "corpus": .string(corpus ?? ""), "corpus-format": .string(corpusFormat?.rawValue ?? ""),
            "corpus-text-field": .string(corpusTextField), "corpus-id-field": .string(corpusIdField),
            "corpus-vectors": .string(corpusVectors ?? ""),
            "corpus-prompt": .string(try embedder.settings.prompts.text(of: prompt)),
        ]
        for path in [corpus, corpusVectors].compactMap(\.self) {
            facts["the size and time of \(path)"] = .string(try ByteSource(path: path).info.sizeAndTime)
        }
        return facts
    }
}

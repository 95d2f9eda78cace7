import ArgumentParser
import Bert
import BertJSON

/// Options for the corpus to search: texts, their vectors, or both.
struct CorpusOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "File with the texts to search.",
            valueName: "file"
        ))
    var corpus: String?

    @Option(help: "Format of the corpus; text has one text per line (default: from the file name, or jsonl).")
    var corpusFormat: InputFormat?

    @Option(help: ArgumentHelp("Member or column of the corpus with the text.", valueName: "name"))
    var corpusTextField = "text"

    @Option(help: ArgumentHelp("Member or column of the corpus with the id.", valueName: "name"))
    var corpusIdField = "id"

    @Option(
        help: ArgumentHelp(
            "File with the vectors of the corpus in the same order, as written by bert embed (.npy, .jsonl or .json, optionally with .gz).",
            valueName: "file"))
    var corpusVectors: String?

    @Option(
        help: ArgumentHelp(
            "Prompt for the texts of the corpus; may be empty (default: the model's prompt \"document\", \"passage\" or \"corpus\").",
            valueName: "text"))
    var corpusPrompt: String?

    @Option(
        help: ArgumentHelp("Name of the model's prompt for the texts of the corpus.", valueName: "name")
    )
    var corpusPromptName: String?

    /// The prompt of each text.
    var prompt: Prompt { corpusPrompt.map(Prompt.text) ?? corpusPromptName.map(Prompt.named) ?? .document }

    func validate() throws {
        if corpus == nil, corpusVectors == nil {
            throw ValidationError(
                "nothing to search; use --corpus FILE for texts, --corpus-vectors FILE for vectors, or both")
        }
        if let corpus, [".npy", ".npy.gz"].contains(where: corpus.lowercased().hasSuffix) {
            throw ValidationError("--corpus must be a file of texts; use --corpus-vectors for vectors")
        }
        if corpusPrompt != nil, corpusPromptName != nil {
            throw ValidationError("use either --corpus-prompt or --corpus-prompt-name")
        }
    }

    /// Returns the texts, or nil if there are only vectors.
    ///
    /// - Throws: `BertError` if the file can't be opened.
    func texts() throws -> JobInput<TextFields>? {
        try corpus.map { path in
            JobInput(
                records: [], source: try ByteSource(path: path),
                format: corpusFormat ?? InputFormat(extensionOf: path) ?? .jsonl,
                fields: TextFields(
                    text: corpusTextField, id: corpusIdField, pair: nil, formatOption: "--corpus-format"))
        }
    }

    /// Returns the facts that hits depend on.
    func facts(_ embedder: TextEmbedder) throws -> JSONObject {
        var facts: JSONObject = [
            "corpus": "", "corpus-format": .string(corpusFormat?.rawValue ?? ""),
            "corpus-text-field": .string(corpusTextField), "corpus-id-field": .string(corpusIdField),
            "corpus-vectors": "",
            "corpus-prompt": .string(try embedder.promptText(prompt)),
        ]
        if let corpus { facts["corpus"] = .string(try ByteSource(path: corpus).sha256()) }
        if let corpusVectors { facts["corpus-vectors"] = .string(try ByteSource(path: corpusVectors).sha256()) }
        return facts
    }
}

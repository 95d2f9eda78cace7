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
            "Type of the components in --corpus-vectors: float32, int8, uint8, or packed bits (binary or ubinary).",
            valueName: "precision"),
        transform: choice)
    var corpusPrecision = VectorPrecision.float32

    @Option(
        help: ArgumentHelp(
            "File with the --ranges that bert embed used for int8 or uint8.", valueName: "file"))
    var corpusRanges: String?

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
        if corpusPrecision != .float32, corpusVectors == nil {
            throw ValidationError("--corpus-precision requires --corpus-vectors FILE with vectors of this precision")
        }
        guard corpusPrecision.needsRanges != (corpusRanges == nil) else {
            throw ValidationError(
                corpusRanges == nil
                    ? """
                    --corpus-precision \(corpusPrecision.rawValue) requires --corpus-ranges FILE, the --ranges that bert embed \
                    used
                    """ : "--corpus-ranges requires --corpus-precision int8 or uint8, not \(corpusPrecision.rawValue)")
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

    /// Returns the quantizer of the vectors, and reads its ranges if they are given.
    ///
    /// - Throws: `BertError` that names file and line.
    func quantizer(width: Int) throws -> VectorQuantizer {
        try VectorQuantizer(
            corpusPrecision, ranges: corpusRanges.map { try VectorRanges(VectorFile(path: $0), width: width) })
    }

    /// Returns the facts that hits depend on.
    func facts(_ embedder: TextEmbedder) throws -> JSONObject {
        var facts: JSONObject = [
            "corpus": "", "corpus-format": .string(corpusFormat?.rawValue ?? ""),
            "corpus-text-field": .string(corpusTextField), "corpus-id-field": .string(corpusIdField),
            "corpus-vectors": "", "corpus-precision": .string(corpusPrecision.rawValue), "corpus-ranges": "",
            "corpus-prompt": .string(try embedder.promptText(prompt)),
        ]
        if let corpus { facts["corpus"] = .string(try ByteSource(path: corpus).sha256()) }
        if let corpusRanges { facts["corpus-ranges"] = .string(try ByteSource(path: corpusRanges).sha256()) }
        if let corpusVectors { facts["corpus-vectors"] = .string(try ByteSource(path: corpusVectors).sha256()) }
        return facts
    }
}

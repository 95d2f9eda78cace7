import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where records are read, for every verb that takes many.
struct InputOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Input file; - is standard input. Unless --format is given, its name determines the format: .jsonl, .json, .csv, .tsv, .txt or .md, also with .gz.",
            valueName: "file"), completion: .file())
    var input: String?

    @Option(
        help:
            "Input format: text has a text a line, csv and tsv have a heading (default: from the file name, or jsonl).")
    var format: InputFormat?

    @Flag(help: "Fields of a TSV table may be quoted, as pandas writes them.")
    var quote = false

    @Option(help: ArgumentHelp("Member or column with the id, which is copied to the result.", valueName: "name"))
    var idField = "id"

    /// Refuses to wait for somebody to type JSON.
    ///
    /// - Parameter kind: what is missing, and what a line of it is.
    func validate(hasArguments: Bool, _ kind: (what: String, line: String)) throws {
        guard !hasArguments || input == nil else {
            throw ValidationError("give \(kind.what) as arguments or with --input, not both")
        }
        if quote, chosenFormat != .tsv { throw ValidationError("--quote is for tables with tabs; add --format tsv") }
        if let input, format == nil, [".npy", ".npy.gz"].contains(where: input.lowercased().hasSuffix) {
            throw ValidationError("\(input) holds vectors, and \(kind.what) are needed")
        }
        if !hasArguments, input == nil, isatty(STDIN_FILENO) == 1 {
            throw ValidationError(
                """
                no \(kind.what): give them as arguments, in a file (--input) or on standard input, \
                one \(kind.line) per line (--format text: one text per line)
                """)
        }
    }

    /// Refuses the name of a file among the texts: `bert embed texts.jsonl` means the file.
    ///
    /// A text that looks like one and names no file, or a file of another kind, stays a text.
    func validate(arguments: [String]) throws {
        for name in arguments where InputFormat(extensionOf: name) != nil && isFile(name) {
            throw ValidationError(
                "\(name) is a file; --input \(name) reads the texts in it (its name as a text: on standard input)")
        }
    }

    /// The input: the given records or, if there are none, those of the file.
    ///
    /// - Throws: `BertError` if the file can't be opened.
    func records<Fields: RecordFields>(_ fields: Fields, _ records: [Fields.Record]) throws -> JobInput<Fields> {
        let file = input == "-" ? nil : input
        return JobInput(
            records: records, source: records.isEmpty ? try ByteSource(path: file) : nil,
            format: chosenFormat ?? .jsonl, fields: fields, isQuoted: quote)
    }

    /// What --format or the file's ending says.
    private var chosenFormat: InputFormat? { format ?? input.flatMap(InputFormat.init(extensionOf:)) }
}

import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Options for the input of commands that read records.
struct InputOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Input file; - is standard input. The extension determines the format: .jsonl, .json, .csv, .tsv, .txt or .md, optionally with .gz.",
            valueName: "file"), completion: .file())
    var input: String?

    @Option(
        help:
            "Input format; text has one text per line, csv and tsv have a header row (default: from the file name, or jsonl)."
    )
    var format: InputFormat?

    @Flag(help: "Support quoted fields in TSV files, as written by pandas.")
    var quote = false

    @Option(help: ArgumentHelp("Member or column with the id, which is copied to the result.", valueName: "name"))
    var idField = "id"

    /// Throws an error instead of waiting for the user to type JSON.
    ///
    /// - Parameter kind: A description of the missing input, and of a line of it.
    func validate(hasArguments: Bool, _ kind: (what: String, line: String)) throws {
        guard !hasArguments || input == nil else {
            throw ValidationError("pass \(kind.what) either as arguments or with --input")
        }
        if quote, chosenFormat != .tsv { throw ValidationError("--quote requires --format tsv") }
        if let input, format == nil, [".npy", ".npy.gz"].contains(where: input.lowercased().hasSuffix) {
            throw ValidationError("\(input) contains vectors, not \(kind.what)")
        }
        if !hasArguments, input == nil, isatty(STDIN_FILENO) == 1 {
            throw ValidationError(
                """
                no \(kind.what); pass them as arguments, in a file (--input) or on standard input, \
                one \(kind.line) per line (or one text per line with --format text)
                """)
        }
    }

    /// Throws an error if an argument is the name of a file: `bert embed texts.jsonl` means the file.
    ///
    /// Names of missing files and of files in other formats are ordinary texts.
    func validate(arguments: [String]) throws {
        for name in arguments where InputFormat(extensionOf: name) != nil && isFile(name) {
            throw ValidationError(
                "\(name) is a file; use --input \(name) to read its texts, or pass the text on standard input")
        }
    }

    /// Returns the given records as input or, if there are none, those of the file.
    ///
    /// - Throws: `BertError` if the file can't be opened.
    func records<Fields: RecordFields>(_ fields: Fields, _ records: [Fields.Record]) throws -> JobInput<Fields> {
        let file = input == "-" ? nil : input
        return JobInput(
            records: records, source: records.isEmpty ? try ByteSource(path: file) : nil,
            format: chosenFormat ?? .jsonl, fields: fields, isQuoted: quote)
    }

    /// The format given by --format or the file's extension.
    private var chosenFormat: InputFormat? { format ?? input.flatMap(InputFormat.init(extensionOf:)) }
}

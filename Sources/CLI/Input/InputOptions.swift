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
            "Input file; - is standard input. Its name determines the format unless --format is given.",
            valueName: "file"), completion: .file())
    var input: String?

    @Option(help: "Input format (default: from the file name, or jsonl).")
    var format: InputFormat?

    @Option(help: ArgumentHelp("Member or column with the id, which is copied to the result.", valueName: "name"))
    var idField = "id"

    /// Refuses to wait for somebody to type JSON.
    ///
    /// - Parameter kind: what is missing, and what a line of it is.
    func validate(hasArguments: Bool, _ kind: (what: String, line: String)) throws {
        guard !hasArguments || input == nil else {
            throw ValidationError("\(kind.what) as arguments or --input, not both")
        }
        if !hasArguments, input == nil, isatty(STDIN_FILENO) == 1 {
            throw ValidationError(
                """
                no \(kind.what): give them as arguments, in a file (--input) or on standard input, \
                one \(kind.line) per line
                """)
        }
    }

    /// The input: the given records or, if there are none, those of the file.
    ///
    /// - Throws: `BertError` if the file can't be opened.
    func records<Fields: RecordFields>(_ fields: Fields, _ records: [Fields.Record]) throws -> JobInput<Fields> {
        let file = input == "-" ? nil : input
        return JobInput(
            records: records, source: records.isEmpty ? try ByteSource(path: file) : nil,
            format: format ?? file.flatMap(InputFormat.init(extensionOf:)) ?? .jsonl, fields: fields)
    }
}

import ArgumentParser
import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Texts from the command line or, if there are none, from a file or standard input.
struct TextInput: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The texts. Without any and without --input, standard input is read: one JSON string, or object with \"text\", a line.",
            valueName: "text"))
    var texts: [String] = []

    @Option(
        help: ArgumentHelp(
            "A file with the texts; - is standard input. Its name says the format, if --format does not.",
            valueName: "file"))
    var input: String?

    @Option(help: "How the input is written: one text a line, a table with a heading, or JSON (default: jsonl).")
    var format: InputFormat?

    @Option(help: ArgumentHelp("The member or column that is the text.", valueName: "name"))
    var textField = "text"

    @Option(help: ArgumentHelp("The member or column that is passed through as the id.", valueName: "name"))
    var idField = "id"

    /// The file to read; nil for standard input.
    var file: String? { input == "-" ? nil : input }

    func validate() throws {
        guard texts.isEmpty || input == nil else { throw ValidationError("texts as arguments or --input, not both") }
        if texts.isEmpty, input == nil, isatty(STDIN_FILENO) == 1 {
            throw ValidationError(
                """
                no texts: give them as arguments, in a file (--input) or, one JSON string or object with "text" a \
                line, on standard input
                """)
        }
    }

    /// A reader of the file or of standard input.
    func reader(takesPairs: Bool = false) throws -> RecordReader {
        RecordReader(
            try ByteSource(path: file), format: format ?? file.flatMap(InputFormat.init(extensionOf:)) ?? .jsonl,
            fields: TextFields(text: textField, id: idField), takesPairs: takesPairs)
    }

    /// Calls `body` with texts in their order, as many at a time as there are to be had without waiting.
    ///
    /// - Parameter takesPairs: whether "text_pair" of an object is a second text.
    /// - Throws: `BertError` for a line that can't be read, after `body` was called with all lines before it; what
    ///   `body` throws.
    func forEachGroup(takesPairs: Bool = false, _ body: ([TextRecord]) throws -> Void) throws {
        guard texts.isEmpty else {
            return try body(texts.enumerated().map { TextRecord(argument: $1, position: $0) })
        }
        var reader = try reader(takesPairs: takesPairs)
        while let entries = try reader.next() {
            var records: [TextRecord] = []
            do { for entry in entries { records.append(try entry.get()) } } catch {
                if !records.isEmpty { try body(records) }
                throw error
            }
            try body(records)
        }
    }
}

import ArgumentParser

/// Texts from the command line or, without any, from a file or standard input.
struct TextInput: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Texts. Without texts and --input, reads standard input: one JSON string or object with \"text\" per line.",
            valueName: "text"))
    var texts: [String] = []

    @OptionGroup var file: InputOptions

    @Option(help: ArgumentHelp("Member or column with the text.", valueName: "name"))
    var textField = "text"

    func validate() throws {
        try file.validate(hasArguments: !texts.isEmpty, ("texts", "JSON string or object with \"text\""))
        try file.validate(arguments: texts)
    }

    /// Returns the texts to process.
    ///
    /// - Parameter takesPairs: Whether "text_pair" is a second text.
    func records(takesPairs: Bool = false) throws -> JobInput<TextFields> {
        try file.records(
            TextFields(text: textField, id: file.idField, pair: takesPairs ? "text_pair" : nil),
            texts.enumerated().map { TextRecord(text: $1, place: InputPlace(source: nil, unit: "text", number: $0)) })
    }
}

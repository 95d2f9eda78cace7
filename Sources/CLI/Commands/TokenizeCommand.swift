import ArgumentParser
import Bert

/// `bert tokenize`: the tokens of each text.
struct TokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Split texts into the tokens that a model takes.",
        discussion: """
            One JSON object a line, in the order of the texts: "ids", "type_ids", "attention_mask", \
            "special_tokens_mask", "tokens", "offsets" (pairs of start and end in the text), "word_ids" and, with \
            --overflow or --stride, "overflow": the same for each window over what was cut off. The "id" of an input is passed on.

            Only the tokenizer's files have to be in the model's folder: tokenizer.json, else vocab.txt, or vocab.json \
            and merges.txt. A line of standard input is a JSON string, or an object with "text" and, for pairs, \
            "text_pair".

            EXAMPLE:
              printf '%s\\n' '"one"' '{"text": "one", "text_pair": "two three"}' \\
                | bert tokenize --model .models/all-MiniLM-L6-v2 --max-length 5
            """)

    @OptionGroup var source: ModelOptions

    @OptionGroup var options: TokenizingOptions

    @OptionGroup var input: TextInput

    func run() throws {
        let files = try ModelFiles(folder: source.folder())
        let tokenizer: any Tokenizer
        do { tokenizer = try Tokenizers.load(TokenizerFiles(folder: files.location)) } catch {
            throw BertError(.invalidInput, "\(source.model) has no usable tokenizer", cause: error)
        }
        let encoder = try TextTokenizer(tokenizer, options)
        var writer = EncodingWriter(offsets: options.offsets, hasOverflow: options.hasOverflow)
        // What is padded to the longest waits for all others.
        var waiting: [(TextRecord, Encoding)] = []
        try input.forEachGroup(takesPairs: true) { records in
            for record in records {
                let encoding: Encoding
                do { encoding = try encoder.encode(record) } catch {
                    // What comes before it is done, and written.
                    try writer.flush()
                    throw error
                }
                if options.padding == .longest {
                    waiting.append((record, encoding))
                } else {
                    writer.append(record, encoding)
                }
            }
            try writer.flush()
        }
        if let padding = encoder.padding, options.padding == .longest {
            let encodings = try tokenizer.padded(waiting.map(\.1), padding)
            for ((record, _), encoding) in zip(waiting, encodings) { writer.append(record, encoding) }
            try writer.flush()
        }
    }
}

import ArgumentParser
import Bert
import BertJSON

/// `bert tokenize`: tokenizes texts.
struct TokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Tokenize texts.",
        discussion: """
            Prints one JSON object per line, in the order of the texts: "ids", "type_ids", "attention_mask", \
            "special_tokens_mask", "tokens", "offsets" (pairs of start and end in the text), "word_ids" and, with --overflow \
            or --stride, "overflow", which has the same for each window of the truncated part. The "id" of an input is \
            copied.

            Only requires the tokenizer's files: tokenizer.json, or vocab.txt, or vocab.json and merges.txt. A line of standard input is a JSON string, or an object with "text" and, for pairs, \
            "text_pair".

            EXAMPLE:
              printf '%s\\n' '"one"' '{"text": "one", "text_pair": "two three"}' \\
                | bert tokenize --model Tests/Fixtures/models/bert-base --max-length 5
            """)

    @OptionGroup var source: ModelOptions

    @OptionGroup var options: TokenizingOptions

    @OptionGroup var job: JobOptions<ObjectFormat>

    @OptionGroup var input: TextInput

    func run() throws {
        var records = try input.records(takesPairs: true)
        let files = try ModelFiles(folder: source.folder()).transformerFiles()
        let tokenizer: any Tokenizer
        do { tokenizer = try Tokenizers.load(TokenizerFiles(folder: files.location)) } catch {
            throw BertError(.invalidInput, "the tokenizer can't be loaded", file: source.model, cause: error)
        }
        var encoder = try TextTokenizer(tokenizer, options)
        if options.padding == .longest {
            records = try records.rereadable()
            try encoder.padToLongest(of: records, stopsAtFailure: job.errors.onError == .fail)
        }
        func facts() throws -> JSONObject {
            try source.facts().merging(options.facts).merging(["verb": "tokenize"])
        }
        let work = JobWork<TextRecord, TokenizedText> { [encoder] record in
            TokenizedText(record: record, encoding: try encoder.encode(record))
        }
        try Job(records, job, facts: facts()).run(work) {
            ObjectWriter(job.outputFormat, to: $0, after: $1) { $1.fill(&$0, options) }
        }
    }
}

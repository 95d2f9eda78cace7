/// The defaults and settings that a tokenizer class of `transformers` adds to the files it reads.
struct TokenizerClass: Sendable {
    /// The settings of `tokenizer_config.json` that replace those of a `BertNormalizer` in `tokenizer.json`, with the
    /// class's defaults where the file does not mention them.
    enum NormalizerSettings: Sendable {
        case none
        /// `do_lower_case` and `strip_accents`.
        case caseAndAccents
        /// `do_lower_case`, `strip_accents` and `tokenize_chinese_chars`.
        case all
    }

    /// The files that the class reads if there is no `tokenizer.json`.
    enum Files: Sendable {
        /// `vocab.txt`.
        case wordPiece(SpecialTokenLayout)
        /// `vocab.json` and `merges.txt`.
        case byteLevel(SpecialTokenLayout)
        /// A sentencepiece model of this name.
        case sentencePiece(String, SentencePieceLayout)
        /// `vocab.txt`, as BertJapaneseTokenizer reads it. Also if there is a `tokenizer.json`.
        case bertJapanese
        /// `vocab.txt` with counts and `bpe.codes`. Also if there is a `tokenizer.json`.
        case countedBPE
    }

    /// How special tokens surround texts.
    enum SpecialTokenLayout: Sendable {
        /// `[CLS] A [SEP]`, `[CLS] A [SEP] B [SEP]` with types 0 and 1; the type of `[CLS]` is given.
        case bert(classificationType: Int32 = 0)
        /// `<s> A </s>`, `<s> A </s></s> B </s>` of type 0.
        case roberta
        /// `<s> A </s>`, `<s> A </s></s> B </s>` with types 0 and 1.
        case mpnet
    }

    /// The class's name without `Fast`.
    let name: String
    /// The spellings of special tokens that `tokenizer_config.json` need not repeat.
    var roles: [TokenRole: String] = [:]
    var additionalSpecialTokens: [String] = []
    /// Whether the mask token takes the white space before it, unless a file says otherwise.
    var maskStripsLeft = false
    /// The roles whose tokens are looked for in the normalised text, if there is no `tokenizer.json`.
    var normalizedRoles: Set<TokenRole> = []
    var modelInputNames = ["input_ids", "token_type_ids", "attention_mask"]
    var paddingSide = Side.right
    var normalizerSettings = NormalizerSettings.none
    /// Whether `add_prefix_space` and `trim_offsets` replace those of the post-processor.
    var setsOffsetTrimming = false
    /// The default of `do_lower_case`.
    var lowercases = true
    var files: Files?
    /// The default of `clean_up_tokenization_spaces` without `tokenizer.json`.
    var cleansUpTokenizationSpaces = false
    /// Whether `transformers` has no fast tokenizer of the class, and ignores `tokenizer.json`.
    var isPythonOnly: Bool {
        switch files {
        case .bertJapanese, .countedBPE: true
        default: false
        }
    }
    /// Why the class is refused, with how to go on; nil if it is supported.
    var refusal: String?
}

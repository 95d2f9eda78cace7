/// The defaults and settings of a tokenizer class in `transformers`.
struct TokenizerClass: Sendable {
    /// The settings in `tokenizer_config.json` that override those of a `BertNormalizer` in `tokenizer.json`, with the
    /// defaults of the class for missing ones.
    enum NormalizerSettings: Sendable {
        case none
        /// `do_lower_case` and `strip_accents`.
        case caseAndAccents
        /// `do_lower_case`, `strip_accents` and `tokenize_chinese_chars`.
        case all
    }

    /// The files that the class uses if there is no `tokenizer.json`.
    enum Files: Sendable {
        /// `vocab.txt`.
        case wordPiece(SpecialTokenLayout)
        /// `vocab.json` and `merges.txt`.
        case byteLevel(SpecialTokenLayout)
        /// A sentencepiece model with the given file name.
        case sentencePiece(String, SentencePieceLayout)
        /// `vocab.txt` in the format of BertJapaneseTokenizer, even if there is a `tokenizer.json`.
        case bertJapanese
        /// `vocab.txt` with counts and `bpe.codes`, even if there is a `tokenizer.json`.
        case countedBPE
    }

    /// The placement of special tokens.
    enum SpecialTokenLayout: Sendable {
        /// `[CLS] A [SEP]`, `[CLS] A [SEP] B [SEP]` with types 0 and 1, and the given type for `[CLS]`.
        case bert(classificationType: Int32 = 0)
        /// `<s> A </s>`, `<s> A </s></s> B </s>` with type 0.
        case roberta
        /// `<s> A </s>`, `<s> A </s></s> B </s>` with types 0 and 1.
        case mpnet
    }

    /// The name of the class without `Fast`.
    let name: String
    /// The default special tokens.
    var roles: [TokenRole: String] = [:]
    var additionalSpecialTokens: [String] = []
    /// Whether the mask token includes the white space before it by default.
    var maskStripsLeft = false
    /// The roles of tokens that are matched in normalized text if there is no `tokenizer.json`.
    var normalizedRoles: Set<TokenRole> = []
    var modelInputNames = ["input_ids", "token_type_ids", "attention_mask"]
    var paddingSide = Side.right
    var normalizerSettings = NormalizerSettings.none
    /// Whether `add_prefix_space` and `trim_offsets` override those of the post-processor.
    var setsOffsetTrimming = false
    /// The defaults of `add_bos_token` and `add_eos_token`, for classes that replace the post-processor.
    var bosAndEosDefaults: (bos: Bool, eos: Bool)?
    /// The default of `do_lower_case`.
    var lowercases = true
    var files: Files?
    /// The default of `clean_up_tokenization_spaces` without `tokenizer.json`.
    var cleansUpTokenizationSpaces = false
    /// Whether `transformers` has no fast tokenizer for the class, and ignores `tokenizer.json`.
    var isPythonOnly: Bool {
        switch files {
        case .bertJapanese, .countedBPE: true
        default: false
        }
    }
    /// The reason why the class isn't supported, with a suggestion; nil if it is supported.
    var refusal: String?
}

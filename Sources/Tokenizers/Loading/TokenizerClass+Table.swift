/// The tokenizer classes of `transformers` 4.57, compared with them by `scripts/generate-autotokenizer-fixtures`.
extension TokenizerClass {
    /// Returns the class with the given name, with or without `Fast`; nil if it is unknown.
    static func named(_ name: String) -> TokenizerClass? { byName[baseName(name)] }

    /// Returns the name of a class without `Fast`.
    static func baseName(_ name: String) -> String {
        name.hasSuffix("Fast") ? String(name.dropLast(4)) : name
    }

    /// Returns the class that `AutoTokenizer` uses for a `model_type` if no file specifies one.
    static func named(forModelType type: String) -> TokenizerClass? { classesByModelType[type].flatMap { byName[$0] } }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    private static let withoutTypes = ["input_ids", "attention_mask"]

    private static let bertRoles: [TokenRole: String] = [
        .unknown: "[UNK]", .separator: "[SEP]", .padding: "[PAD]", .classification: "[CLS]", .mask: "[MASK]",
    ]
    private static let robertaRoles: [TokenRole: String] = [
        .bos: "<s>", .eos: "</s>", .unknown: "<unk>", .separator: "</s>", .padding: "<pad>", .classification: "<s>",
        .mask: "<mask>",
    ]

    private static func roles(_ base: [TokenRole: String], _ changes: [TokenRole: String]) -> [TokenRole: String] {
        base.merging(changes) { _, new in new }
    }

    /// Returns a class that differs from `BertTokenizer` only in its name and inputs.
    private static func bert(_ name: String, inputs: [String]? = nil, cleansUp: Bool = true) -> TokenizerClass {
        TokenizerClass(
            name: name, roles: bertRoles, modelInputNames: inputs ?? ["input_ids", "token_type_ids", "attention_mask"],
            normalizerSettings: .all, files: .wordPiece(.bert()), cleansUpTokenizationSpaces: cleansUp)
    }

    private static func roberta(_ name: String) -> TokenizerClass {
        TokenizerClass(
            name: name, roles: robertaRoles, maskStripsLeft: true, modelInputNames: withoutTypes,
            setsOffsetTrimming: true, files: .byteLevel(.roberta))
    }

    /// Returns a class whose special tokens are all `<|endoftext|>`.
    private static func endOfText(_ name: String, _ roles: [TokenRole]) -> TokenizerClass {
        TokenizerClass(
            name: name, roles: Dictionary(uniqueKeysWithValues: roles.map { ($0, "<|endoftext|>") }),
            modelInputNames: withoutTypes)
    }

    private static func refused(_ name: String, _ refusal: String) -> TokenizerClass {
        TokenizerClass(name: name, refusal: refusal)
    }

    private static let takesBoxes =
        "it encodes words with their bounding boxes, not texts; use the library of the model for documents"
    /// Classes of generative models replace the post-processor or add tokens of their own.
    private static let generative = """
        it is a class of other models, which changes the contents of tokenizer.json. If that file is complete, set \
        tokenizer_class to PreTrainedTokenizerFast in tokenizer_config.json
        """
    private static let pythonOnly = "it only has a Python implementation, which is not supported"

    /// All classes.
    static let all: [TokenizerClass] =
        [
            bert("BertTokenizer"), bert("ElectraTokenizer"), bert("LayoutLMTokenizer"), bert("MobileBertTokenizer"),
            bert("SqueezeBertTokenizer"), bert("ConvBertTokenizer"), bert("LxmertTokenizer"),
            bert("RealmTokenizer", cleansUp: false),
            bert("DPRContextEncoderTokenizer"), bert("DPRQuestionEncoderTokenizer"),
            bert("DPRReaderTokenizer", inputs: withoutTypes),
            bert("DistilBertTokenizer", inputs: withoutTypes),
            bert("RetriBertTokenizer", inputs: withoutTypes, cleansUp: false),
            TokenizerClass(
                name: "FunnelTokenizer",
                roles: [
                    .bos: "<s>", .eos: "</s>", .unknown: "<unk>", .separator: "<sep>", .padding: "<pad>",
                    .classification: "<cls>", .mask: "<mask>",
                ], normalizerSettings: .all, files: .wordPiece(.bert(classificationType: 2)),
                cleansUpTokenizationSpaces: true),
            TokenizerClass(
                name: "MPNetTokenizer", roles: roles(robertaRoles, [.unknown: "[UNK]"]), maskStripsLeft: true,
                modelInputNames: withoutTypes, normalizerSettings: .caseAndAccents, files: .wordPiece(.mpnet),
                cleansUpTokenizationSpaces: true),
            roberta("RobertaTokenizer"), roberta("LongformerTokenizer"), roberta("BartTokenizer"),
            roberta("LEDTokenizer"),
            roberta("MvpTokenizer"),
            endOfText("GPT2Tokenizer", [.bos, .eos, .unknown]), endOfText("CodeGenTokenizer", [.bos, .eos, .unknown]),
            endOfText("Qwen2Tokenizer", [.eos, .unknown, .padding]),
            TokenizerClass(
                name: "LlamaTokenizer", roles: [.bos: "<s>", .eos: "</s>", .unknown: "<unk>"],
                modelInputNames: withoutTypes, paddingSide: .left, bosAndEosDefaults: (true, false)),
            TokenizerClass(
                name: "GemmaTokenizer", roles: [.bos: "<bos>", .eos: "<eos>", .unknown: "<unk>", .padding: "<pad>"],
                modelInputNames: withoutTypes, paddingSide: .left, bosAndEosDefaults: (true, false)),
            TokenizerClass(
                name: "GPTNeoXTokenizer",
                roles: [.bos: "<|endoftext|>", .eos: "<|endoftext|>", .unknown: "<|endoftext|>"],
                modelInputNames: withoutTypes, bosAndEosDefaults: (false, false)),
            TokenizerClass(
                name: "DebertaTokenizer", roles: roles(bertRoles, [.bos: "[CLS]", .eos: "[SEP]"]),
                normalizedRoles: [.mask],
                modelInputNames: ["input_ids", "attention_mask", "token_type_ids"], files: .byteLevel(.bert())),
            TokenizerClass(
                name: "XLMRobertaTokenizer", roles: robertaRoles, maskStripsLeft: true, modelInputNames: withoutTypes,
                files: .sentencePiece("sentencepiece.bpe.model", .xlmRoberta)),
            TokenizerClass(
                name: "CamembertTokenizer", roles: robertaRoles,
                additionalSpecialTokens: ["<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"], maskStripsLeft: true,
                modelInputNames: withoutTypes, files: .sentencePiece("sentencepiece.bpe.model", .camembert)),
            TokenizerClass(
                name: "AlbertTokenizer",
                roles: roles(bertRoles, [.bos: "[CLS]", .eos: "[SEP]", .unknown: "<unk>", .padding: "<pad>"]),
                maskStripsLeft: true, files: .sentencePiece("spiece.model", .albert)),
            TokenizerClass(
                name: "DebertaV2Tokenizer", roles: roles(bertRoles, [.bos: "[CLS]", .eos: "[SEP]"]),
                normalizedRoles: [.unknown], lowercases: false, files: .sentencePiece("spm.model", .debertaV2)),
            TokenizerClass(
                name: "BigBirdTokenizer",
                roles: roles(bertRoles, [.bos: "<s>", .eos: "</s>", .unknown: "<unk>", .padding: "<pad>"]),
                maskStripsLeft: true, normalizedRoles: Set(TokenRole.allCases), modelInputNames: withoutTypes,
                files: .sentencePiece("spiece.model", .bigBird)),
            TokenizerClass(
                name: "RemBertTokenizer",
                roles: roles(bertRoles, [.bos: "[CLS]", .eos: "[SEP]", .unknown: "<unk>", .padding: "<pad>"]),
                maskStripsLeft: true),
            TokenizerClass(
                name: "HerbertTokenizer",
                roles: [
                    .unknown: "<unk>", .separator: "</s>", .padding: "<pad>", .classification: "<s>", .mask: "<mask>",
                ]),
            TokenizerClass(name: "PreTrainedTokenizer"), TokenizerClass(name: "TokenizersBackend"),
            TokenizerClass(name: "BertJapaneseTokenizer", roles: bertRoles, lowercases: false, files: .bertJapanese),
            TokenizerClass(name: "PhobertTokenizer", roles: robertaRoles, files: .countedBPE),
            TokenizerClass(name: "BertweetTokenizer", roles: robertaRoles, files: .countedBPE),
            refused("RoFormerTokenizer", "it segments words with rjieba, which is not supported"),
            refused("LayoutLMv2Tokenizer", takesBoxes), refused("LayoutLMv3Tokenizer", takesBoxes),
            refused("LayoutXLMTokenizer", takesBoxes), refused("MarkupLMTokenizer", takesBoxes),
            refused("TapasTokenizer", pythonOnly), refused("LukeTokenizer", pythonOnly),
            refused("MLukeTokenizer", pythonOnly), refused("XLMTokenizer", pythonOnly),
            refused("FlaubertTokenizer", pythonOnly), refused("EsmTokenizer", pythonOnly),
            refused("ErnieMTokenizer", pythonOnly), refused("RoCBertTokenizer", pythonOnly),
            refused("BartphoTokenizer", pythonOnly), refused("BertGenerationTokenizer", pythonOnly),
            refused("SplinterTokenizer", "it adds a special token to questions, which is not supported"),
        ] + generativeClasses.map { refused($0, generative) }

    private static let generativeClasses = [
        "BarthezTokenizer", "BlenderbotTokenizer", "BloomTokenizer", "CLIPTokenizer", "CodeLlamaTokenizer",
        "CohereTokenizer", "CpmTokenizer", "MBart50Tokenizer",
        "MBartTokenizer", "MT5Tokenizer", "NllbTokenizer", "OpenAIGPTTokenizer", "PegasusTokenizer",
        "ReformerTokenizer", "SeamlessM4TTokenizer", "T5Tokenizer", "UdopTokenizer", "WhisperTokenizer",
        "XGLMTokenizer", "XLNetTokenizer",
    ]

    private static let classesByModelType: [String: String] = [
        "albert": "AlbertTokenizer", "bert": "BertTokenizer", "bert-japanese": "BertJapaneseTokenizer",
        "bertweet": "BertweetTokenizer", "big_bird": "BigBirdTokenizer", "camembert": "CamembertTokenizer",
        "convbert": "ConvBertTokenizer", "data2vec-text": "RobertaTokenizer", "deberta": "DebertaTokenizer",
        "deberta-v2": "DebertaV2Tokenizer", "distilbert": "DistilBertTokenizer", "electra": "ElectraTokenizer",
        "ernie": "BertTokenizer", "funnel": "FunnelTokenizer", "herbert": "HerbertTokenizer",
        "ibert": "RobertaTokenizer", "layoutlm": "LayoutLMTokenizer", "longformer": "LongformerTokenizer",
        "lxmert": "LxmertTokenizer", "megatron-bert": "BertTokenizer", "mobilebert": "MobileBertTokenizer",
        "modernbert": "PreTrainedTokenizer", "mpnet": "MPNetTokenizer", "mra": "RobertaTokenizer",
        "nezha": "BertTokenizer", "nomic_bert": "BertTokenizer", "nystromformer": "AlbertTokenizer",
        "phobert": "PhobertTokenizer", "qdqbert": "BertTokenizer", "rembert": "RemBertTokenizer",
        "roberta": "RobertaTokenizer", "roberta-prelayernorm": "RobertaTokenizer", "roc_bert": "RoCBertTokenizer",
        "roformer": "RoFormerTokenizer", "splinter": "SplinterTokenizer", "squeezebert": "SqueezeBertTokenizer",
        "visual_bert": "BertTokenizer", "xlm-roberta": "XLMRobertaTokenizer", "xlm-roberta-xl": "XLMRobertaTokenizer",
        "xmod": "XLMRobertaTokenizer", "yoso": "AlbertTokenizer",
    ]
}

import BertJSON

/// What `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json` say.
struct TokenizerSettings {
    private var lowercases: Bool?
    /// Outer nil: not mentioned. Inner nil: the same as lower case.
    private var stripsAccents: Bool??
    private var splitsChineseCharacters: Bool?
    private var neverSplit: [String] = []
    private(set) var modelMaxLength: Int?
    /// What RoBERTa's tokenizer is told of spaces; nil: not mentioned.
    private(set) var addsPrefixSpace: Bool?
    private(set) var trimsOffsets: Bool?
    /// The Python class, for example `RobertaTokenizer`.
    private(set) var tokenizerClass: String?
    /// The tokens with a role, by the role's name, for example `mask_token`.
    private(set) var roles: [String: AddedToken] = [:]
    /// Every token that is to be looked for in the text. A negative id means that none was given.
    private(set) var addedTokens: [AddedToken] = []

    private static let roleNames = ["unk_token", "cls_token", "sep_token", "pad_token", "mask_token"]

    init(_ files: TokenizerFiles) throws {
        let config = try files.json("tokenizer_config.json")
        let map = try files.json("special_tokens_map.json")
        let byID = try config?["added_tokens_decoder"]?.members() ?? []
        // Where the newer table is, the older file no longer counts.
        for source in byID.isEmpty ? [map, config] : [config, map] {
            for name in Self.roleNames where roles[name] == nil {
                roles[name] = try source?[name].map { try AddedToken(settings: $0, id: -1) }
            }
        }
        for (key, node) in byID {
            guard let id = Int32(key), id >= 0 else {
                throw node.failure(.typeMismatch, "the key \"\(key)\" is not an id, which is a number from 0")
            }
            addedTokens.append(try AddedToken(settings: node, id: id))
        }
        let special = try
            ((config?["additional_special_tokens"] ?? map?["additional_special_tokens"])?.elements() ?? [])
            .map { try AddedToken(settings: $0, id: -1) }
        for (content, node) in try files.json("added_tokens.json")?.members() ?? [] {
            let isSpecial = (roles.values + special).contains { $0.content.utf8.elementsEqual(content.utf8) }
            let id = Int32(try node.int(in: 0...Int(Int32.max) - 1))
            addedTokens.append(AddedToken(content, id: id, isNormalized: !isSpecial, isSpecial: isSpecial))
        }
        // Of several with one spelling the first counts, so those with an id come before those without.
        addedTokens += Self.roleNames.compactMap { roles[$0] } + special

        guard let config else { return }
        lowercases = try config["do_lower_case"]?.bool()
        if try config.object()["strip_accents"] != nil { stripsAccents = .some(try config["strip_accents"]?.bool()) }
        splitsChineseCharacters = try config["tokenize_chinese_chars"]?.bool()
        neverSplit = try config["never_split"]?.elements().map { try $0.string() } ?? []
        addsPrefixSpace = try config["add_prefix_space"]?.bool()
        trimsOffsets = try config["trim_offsets"]?.bool()
        tokenizerClass = try config["tokenizer_class"]?.string()
        // Files say 10^30 for "no limit".
        if let limit = try config["model_max_length"]?.double(), limit >= 1, limit < 1e9 { modelMaxLength = Int(limit) }
    }

    /// Puts what the files mention into `configuration`, and leaves the rest as it is.
    func apply(to configuration: inout WordPieceConfiguration) {
        if lowercases != nil || stripsAccents != nil || splitsChineseCharacters != nil {
            let old = configuration.normalizer
            configuration.normalizer = BertNormalizer(
                cleansText: old.cleansText,
                splitsChineseCharacters: splitsChineseCharacters ?? old.splitsChineseCharacters,
                stripsAccents: stripsAccents ?? old.givenStripsAccents, lowercases: lowercases ?? old.lowercases)
        }
        if let token = roles["unk_token"] { configuration.unknownToken = token.content }
        if let token = roles["cls_token"] { configuration.classificationToken = token.content }
        if let token = roles["sep_token"] { configuration.separatorToken = token.content }
        if let token = roles["pad_token"] { configuration.paddingToken = token.content }
        if let token = roles["mask_token"] { configuration.maskToken = token.content }
        configuration.neverSplit = neverSplit
        configuration.modelMaxLength = modelMaxLength
    }
}

extension AddedToken {
    /// Reads a token that may be written as a string or as an object with its properties.
    init(settings node: JSONNode, id: Int32) throws {
        if let content = node.value.stringValue {
            self.init(content, id: id)
            return
        }
        let isSpecial = try node["special"]?.bool() ?? true
        self.init(
            try node.required("content").string(), id: id, singleWord: try node["single_word"]?.bool() ?? false,
            stripsLeft: try node["lstrip"]?.bool() ?? false, stripsRight: try node["rstrip"]?.bool() ?? false,
            isNormalized: try node["normalized"]?.bool() ?? !isSpecial, isSpecial: isSpecial)
    }
}

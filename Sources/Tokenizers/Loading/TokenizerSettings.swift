import BertJSON

/// The contents of `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json`, and the tokenizer class
/// that they or `config.json` specify.
struct TokenizerSettings {
    /// A special token in a file.
    enum Named {
        /// Specified by its text; the class determines the other properties.
        case spelling(String)
        case token(AddedToken)
        /// `null`, that is, no token.
        case null
    }

    /// The tokenizer class; nil if the files don't specify a known one.
    let tokenizerClass: TokenizerClass?
    /// The name of the class in the files, without `Fast`, even if it is unknown.
    let className: String?
    /// The special tokens in the files, by role.
    private(set) var roles: [TokenRole: Named] = [:]
    private(set) var additionalSpecialTokens: [Named]?
    /// `extra_special_tokens`: special tokens with model-specific roles.
    private(set) var extraSpecialTokens: [Named] = []
    /// `added_tokens_decoder`; nil if the file doesn't contain it, and the older files are used instead.
    private(set) var addedTokensDecoder: [AddedToken]?
    /// The tokens in `added_tokens.json`.
    private(set) var addedTokensFile: [AddedToken] = []

    private(set) var lowercases: Bool?
    private(set) var stripsAccents: Bool?
    private(set) var splitsChineseCharacters: Bool?
    private(set) var addsPrefixSpace: Bool?
    private(set) var trimsOffsets: Bool?
    private(set) var splitsSpecialTokens = false
    /// The truncation and padding sides in `tokenizer_config.json`; nil if unspecified.
    private(set) var truncationSide: Side?
    private(set) var paddingSide: Side?
    private(set) var modelInputNames: [String]?
    private(set) var modelMaxLength: Int?
    /// `clean_up_tokenization_spaces`; nil if unspecified.
    private(set) var cleansUpTokenizationSpaces: Bool?
    /// `tokenizer_config.json`, for class-specific settings.
    let config: JSONNode?

    init(_ files: TokenizerFiles) throws {
        config = try files.json("tokenizer_config.json")
        (className, tokenizerClass) = try Self.findClass(config, files)
        if let node = config?["added_tokens_decoder"] {
            addedTokensDecoder = try node.members().map { key, token in
                guard let id = Int32(key), id >= 0 else {
                    throw node.failure(.typeMismatch, "the key \"\(key)\" is not an id; ids are integers of at least 0")
                }
                return try AddedToken(settings: token, id: id)
            }.sorted { $0.id < $1.id }
        }
        try readRoles(files)
        try readOptions()
    }

    private static func findClass(_ config: JSONNode?, _ files: TokenizerFiles) throws -> (String?, TokenizerClass?) {
        let model: JSONNode? = try config?["tokenizer_class"] == nil ? files.json("config.json") : nil
        if let name = try (config?["tokenizer_class"] ?? model?["tokenizer_class"])?.string() {
            return (TokenizerClass.baseName(name), TokenizerClass.named(name))
        }
        guard let type = model?["model_type"]?.value.stringValue else { return (nil, nil) }
        let known = TokenizerClass.named(forModelType: type)
        return (known?.name, known)
    }

    private mutating func readRoles(_ files: TokenizerFiles) throws {
        // If tokenizer_config.json lists the added tokens, transformers doesn't read the two older files.
        let map = try addedTokensDecoder == nil ? files.json("special_tokens_map.json") : nil
        for role in TokenRole.allCases {
            for source in [config, map] {
                guard let node = source?.member(role.rawValue) else { continue }
                roles[role] = try Named(node)
            }
        }
        for source in [config, map] {
            guard let node = source?.member("additional_special_tokens") else { continue }
            let tokens = node.isNull ? [] : try node.elements().map { try Named($0) }
            let old = additionalSpecialTokens ?? []
            additionalSpecialTokens = old + tokens.filter { token in !old.contains { $0.content == token.content } }
        }
        if let extra = config?["extra_special_tokens"], extra.value.objectValue != nil {
            extraSpecialTokens = try extra.members().map { try Named($0.node) }
        }
        guard addedTokensDecoder == nil, let added = try files.json("added_tokens.json") else { return }
        let special = Set(
            (roles.values.compactMap(\.content) + (additionalSpecialTokens ?? []).compactMap(\.content)).map {
                Array($0.utf8)
            })
        addedTokensFile = try added.members().map { content, node in
            let isSpecial = special.contains(Array(content.utf8))
            return AddedToken(
                content, id: Int32(try node.int(in: 0...Int(Int32.max) - 1)), isNormalized: !isSpecial,
                isSpecial: isSpecial)
        }.sorted { $0.id < $1.id }
    }

    private mutating func readOptions() throws {
        guard let config else { return }
        lowercases = try config["do_lower_case"]?.bool()
        stripsAccents = try config["strip_accents"]?.bool()
        splitsChineseCharacters = try config["tokenize_chinese_chars"]?.bool()
        addsPrefixSpace = try config["add_prefix_space"]?.bool()
        trimsOffsets = try config["trim_offsets"]?.bool()
        splitsSpecialTokens = try config["split_special_tokens"]?.bool() ?? false
        cleansUpTokenizationSpaces = try config["clean_up_tokenization_spaces"]?.bool()
        truncationSide = try config["truncation_side"].map { try Side(settings: $0) }
        paddingSide = try config["padding_side"].map { try Side(settings: $0) }
        modelInputNames = try config["model_input_names"]?.elements().map { try $0.string() }
        // Files use 10^30 for no limit. `max_len` is an older name.
        if let limit = try (config["model_max_length"] ?? config["max_len"])?.double(), limit >= 1, limit < 1e9 {
            modelMaxLength = Int(limit)
        }
    }
}

extension TokenizerSettings.Named {
    fileprivate init(_ node: JSONNode) throws {
        if node.isNull {
            self = .null
        } else if let content = node.value.stringValue {
            self = .spelling(content)
        } else {
            self = .token(try AddedToken(settings: node, id: -1, isSpecial: true))
        }
    }

    /// The text of the token; nil if there is no token.
    var content: String? {
        switch self {
        case .spelling(let content): content
        case .token(let token): token.content
        case .null: nil
        }
    }
}

extension Side {
    /// Reads `left` or `right`, ignoring case.
    init(settings node: JSONNode) throws {
        guard let side = Side(rawValue: try node.string().lowercased()) else { throw node.mismatch("left or right") }
        self = side
    }
}

extension AddedToken {
    /// Reads a token that is an object with its properties.
    init(settings node: JSONNode, id: Int32, isSpecial: Bool? = nil) throws {
        let isSpecial = try isSpecial ?? node["special"]?.bool() ?? false
        self.init(
            try node.required("content").string(), id: id, singleWord: try node["single_word"]?.bool() ?? false,
            stripsLeft: try node["lstrip"]?.bool() ?? false, stripsRight: try node["rstrip"]?.bool() ?? false,
            isNormalized: try node["normalized"]?.bool() ?? !isSpecial, isSpecial: isSpecial)
    }
}

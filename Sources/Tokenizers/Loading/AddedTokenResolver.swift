/// Determines the added tokens and their properties from `tokenizer.json`, `added_tokens_decoder` or the older files,
/// and the special tokens in the settings and of the class.
///
/// Corresponds to `PreTrainedTokenizerBase._from_pretrained` and `PreTrainedTokenizerFast.__init__` in `transformers`,
/// in which later definitions of a token replace earlier ones.
struct AddedTokenResolver {
    private let settings: TokenizerSettings
    private let tokenizerClass: TokenizerClass?
    /// Whether the tokens come from a `tokenizer.json`.
    private let hasTokenizerJSON: Bool
    /// The tokens, in the order in which ids are assigned.
    private var tokens: [AddedToken]
    /// The text of each special token by role.
    private(set) var roles: [TokenRole: String] = [:]
    /// The tokens listed in a file.
    private(set) var listedTokens: [AddedToken] = []

    private enum Special {
        case spelling(String)
        case token(AddedToken)

        var content: String {
            switch self {
            case .spelling(let content): content
            case .token(let token): token.content
            }
        }
    }

    /// Resolves the added tokens.
    ///
    /// - Parameters:
    ///   - own: The added tokens of `tokenizer.json` or the sentencepiece model.
    ///   - paddingToken: The padding token of `tokenizer.json`, used if no other file specifies one.
    init(
        _ own: [AddedToken], _ settings: TokenizerSettings, _ tokenizerClass: TokenizerClass?, hasTokenizerJSON: Bool,
        paddingToken: String?
    ) {
        self.settings = settings
        self.tokenizerClass = tokenizerClass
        self.hasTokenizerJSON = hasTokenizerJSON
        tokens = own
        listedTokens = listedTokens(own)
        // added_tokens.json doesn't contain the matching properties of tokens.
        let flags = settings.addedTokensDecoder ?? (hasTokenizerJSON ? own : [])
        let special = specialTokens(flags, paddingToken)
        let names = Set(special.map { Array($0.content.utf8) })

        var additions = listedTokens.filter { token in !own.contains { $0.isSame(as: token) } }
        let known = Set((own + additions).map { Array($0.content.utf8) })
        let fromFile = additions
        for token in special {
            switch token {
            case .spelling(let content):
                if !known.contains(Array(content.utf8)) { additions.append(AddedToken(content, id: -1)) }
            case .token(let token):
                if !fromFile.contains(where: { $0.isSame(as: token) }) { additions.append(token) }
            }
        }
        for var token in additions {
            token.isSpecial = token.isSpecial || names.contains(Array(token.content.utf8))
            guard !token.content.isEmpty, !own.contains(where: { $0.isSame(as: token) }) else { continue }
            // Python's fast tokenizers assign new ids to the tokens that they add, regardless of the ids in files.
            if let tokenizerClass, !tokenizerClass.isPythonOnly { token.id = -1 }
            add(token)
        }
    }

    /// The added tokens. Negative ids have yet to be assigned.
    var addedTokens: [AddedToken] { tokens }

    private mutating func add(_ token: AddedToken) {
        guard let place = tokens.firstIndex(where: { $0.content.utf8.elementsEqual(token.content.utf8) }) else {
            tokens.append(token)
            return
        }
        var token = token
        token.id = tokens[place].id
        tokens[place] = token
    }

    /// Returns the tokens that a file lists with their ids, sorted by id.
    private func listedTokens(_ own: [AddedToken]) -> [AddedToken] {
        if let tokens = settings.addedTokensDecoder { return tokens }
        guard hasTokenizerJSON else { return settings.addedTokensFile }
        let ids = Set(own.map(\.id))
        return (settings.addedTokensFile.filter { !ids.contains($0.id) } + own).sorted { $0.id < $1.id }
    }

    /// Returns the special tokens of the settings and the class, without duplicates.
    private mutating func specialTokens(_ flags: [AddedToken], _ paddingToken: String?) -> [Special] {
        var result: [Special] = []
        func append(_ token: Special) {
            if !result.contains(where: { $0.content.utf8.elementsEqual(token.content.utf8) }) { result.append(token) }
        }
        for role in TokenRole.allCases {
            let named = settings.roles[role]
            let token: Special?
            switch named {
            case .spelling, .token:
                let content = named?.content ?? ""
                if let listed = flags.last(where: { $0.content.utf8.elementsEqual(content.utf8) }) {
                    token = .token(listed)
                } else if case .token(let given) = named {
                    token = .token(given)
                } else {
                    token = cast(content, role)
                }
            // A null overrides the default of the class.
            case .null: token = nil
            case nil:
                let content = tokenizerClass?.roles[role] ?? (role == .padding ? paddingToken : nil)
                token = content.map { cast($0, role) }
            }
            roles[role] = token?.content
            if let token { append(token) }
        }
        let additional = settings.additionalSpecialTokens
        let own = (tokenizerClass?.additionalSpecialTokens ?? []).map { TokenizerSettings.Named.spelling($0) }
        for token in (additional ?? own) + settings.extraSpecialTokens {
            switch token {
            case .spelling(let content): append(.spelling(content))
            case .token(let token): append(.token(token))
            case .null: break
            }
        }
        return result
    }

    /// Returns a token that is specified only by its text, with the matching properties of the class.
    private func cast(_ content: String, _ role: TokenRole) -> Special {
        guard let tokenizerClass else { return .spelling(content) }
        var isNormalized = !hasTokenizerJSON && tokenizerClass.normalizedRoles.contains(role)
        let stripsLeft = role == .mask && (tokenizerClass.maskStripsLeft || isNormalized)
        // Byte-level tokenizers don't normalize texts.
        if case .byteLevel = tokenizerClass.files { isNormalized = false }
        guard isNormalized || stripsLeft else { return .spelling(content) }
        return .token(AddedToken(content, id: -1, stripsLeft: stripsLeft, isNormalized: isNormalized))
    }
}

extension AddedToken {
    /// Returns whether both tokens are equal except for their ids.
    fileprivate func isSame(as other: AddedToken) -> Bool {
        content.utf8.elementsEqual(other.content.utf8) && singleWord == other.singleWord
            && stripsLeft == other.stripsLeft && stripsRight == other.stripsRight
            && isNormalized == other.isNormalized && isSpecial == other.isSpecial
    }
}

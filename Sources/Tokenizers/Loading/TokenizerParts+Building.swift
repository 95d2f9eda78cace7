extension TokenizerParts {
    /// Creates a tokenizer from the parts.
    ///
    /// - Parameter required: The roles that need a token of the vocabulary, because the model has weights for it.
    func tokenizer(
        _ settings: TokenizerSettings, _ tokenizerClass: TokenizerClass?, required: [TokenRole] = []
    ) throws -> any Tokenizer {
        let resolver = AddedTokenResolver(
            addedTokens, settings, tokenizerClass, hasTokenizerJSON: isTokenizerJSON, paddingToken: paddingToken)
        for role in required { try check(role, resolver) }
        let (vocabulary, added) = try Vocabulary.make(
            tokens, adding: resolver.addedTokens, renumbers: isTokenizerJSON && tokenizerClass?.isPythonOnly != true)
        var model = try makeModel(vocabulary)
        var preTokenizer = preTokenizer
        if case .bpe(var bpe) = model, takesBytes(bpe), let ids = bpe.idsOfBytes {
            bpe.byteIDs = ids
            model = .bpe(bpe)
            if case .byteLevel(let prefix, let splits, _) = preTokenizer.last {
                preTokenizer[preTokenizer.count - 1] = .byteLevel(
                    addsPrefixSpace: prefix, splits: splits, spells: false)
            }
        }
        let template = try tokenizerClass?.template(settings, resolver.roles, vocabulary)
        let core = TokenizerCore(
            vocabulary: vocabulary,
            specialTokens: specialTokens(resolver.roles, model, vocabulary, added, guesses: tokenizerClass == nil),
            addedTokens: added, findsSpecialTokens: !settings.splitsSpecialTokens,
            template: try template ?? makeTemplate(vocabulary), defaults: defaults(settings, tokenizerClass),
            trimming: template != nil
                ? nil
                : trimming.flatMap {
                    $0.isOn ? OffsetTrimming(addsPrefixSpace: $0.addsPrefixSpace, vocabulary) : nil
                }, decoder: decoder)
        if case .wordPiece(let model) = model, let normalizer = bertNormalizer {
            return WordPieceTokenizer(core, model, normalizer)
        }
        return PipelineTokenizer(core, model, normalizer: normalizer, preTokenizer: preTokenizer)
    }

    private func check(_ role: TokenRole, _ resolver: AddedTokenResolver) throws {
        let content = resolver.roles[role] ?? ""
        let isKnown =
            tokens.contains(content)
            || resolver.listedTokens.contains { $0.content.utf8.elementsEqual(content.utf8) }
        guard !isKnown else { return }
        throw TokenizerError(
            .missingToken,
            "the vocabulary has no token \"\(content)\"; set \(role.rawValue) in tokenizer_config.json",
            file: source, key: role.rawValue, value: .string(content))
    }

    /// The normalizer of BERT, if words are split like BERT's, which have a faster tokenizer.
    private var bertNormalizer: BertNormalizer? {
        guard preTokenizer.count == 2, case .scalars(.whitespace, .removed) = preTokenizer[0],
            case .scalars(.punctuation, .isolated) = preTokenizer[1], normalizer.count < 2
        else { return nil }
        guard let step = normalizer.first else {
            return BertNormalizer(cleansText: false, splitsChineseCharacters: false, lowercases: false)
        }
        if case .bert(let normalizer) = step { return normalizer }
        return nil
    }

    /// Returns whether words are given in the characters of `ByteAlphabet`, converted exactly once.
    private func takesBytes(_ model: BPEModel) -> Bool {
        func isByteLevel(_ step: PreTokenizerStep) -> Bool { if case .byteLevel = step { true } else { false } }
        return model.continuingPrefix.isEmpty && model.endSuffix.isEmpty
            && !normalizer.contains { if case .byteLevel = $0 { true } else { false } }
            && preTokenizer.last.map(isByteLevel) ?? false && !preTokenizer.dropLast().contains(where: isByteLevel)
    }

    private func defaults(_ settings: TokenizerSettings, _ tokenizerClass: TokenizerClass?) -> TokenizerDefaults {
        var result = TokenizerDefaults()
        result.tokenizerClass = settings.className ?? tokenizerClass?.name
        result.modelMaxLength = settings.modelMaxLength
        result.modelInputNames = settings.modelInputNames ?? tokenizerClass?.modelInputNames ?? result.modelInputNames
        result.truncationSide = settings.truncationSide ?? truncationSide ?? .right
        result.paddingSide = settings.paddingSide ?? paddingSide ?? tokenizerClass?.paddingSide ?? .right
        result.cleansUpTokenizationSpaces =
            settings.cleansUpTokenizationSpaces
            ?? (!isTokenizerJSON && tokenizerClass?.cleansUpTokenizationSpaces ?? false)
        return result
    }

    /// Returns the ids of the special tokens.
    ///
    /// - Parameter guesses: Whether unspecified roles use the added token with the conventional name.
    private func specialTokens(
        _ roles: [TokenRole: String], _ model: SubwordModel, _ vocabulary: Vocabulary, _ added: [AddedToken],
        guesses: Bool
    ) -> SpecialTokens {
        func id(_ role: TokenRole, _ names: String...) -> Int32? {
            if let content = roles[role] { return vocabulary.id(of: content) }
            guard guesses else { return nil }
            let special = added.filter(\.isSpecial)
            return names.lazy.compactMap { name in special.first { $0.content == name }?.id }.first
        }
        return SpecialTokens(
            unknown: id(.unknown) ?? model.unknownID ?? id(.unknown, "<unk>", "[UNK]"),
            classification: id(.classification, "<s>", "[CLS]"), separator: id(.separator, "</s>", "[SEP]"),
            padding: id(.padding, "<pad>", "[PAD]"), mask: id(.mask, "<mask>", "[MASK]"))
    }
}

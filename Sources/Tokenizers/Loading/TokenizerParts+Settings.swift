extension TokenizerParts {
    /// Applies the settings of `tokenizer_config.json` and the defaults of the class that override `tokenizer.json`.
    mutating func apply(_ settings: TokenizerSettings, _ tokenizerClass: TokenizerClass?) {
        // Without a class there are no defaults, and only settings in files apply.
        let hasClass = settings.className != nil || tokenizerClass != nil
        if single.preTokenizer, preTokenizer.count == 1,
            case .byteLevel(let old, let splits, let spells) = preTokenizer[0]
        {
            let addsPrefixSpace = settings.addsPrefixSpace ?? (hasClass ? false : old)
            preTokenizer[0] = .byteLevel(addsPrefixSpace: addsPrefixSpace, splits: splits, spells: spells)
        }
        if single.postProcessor, tokenizerClass?.setsOffsetTrimming ?? !hasClass, let old = trimming {
            trimming = Trimming(
                isOn: settings.trimsOffsets ?? (hasClass ? true : old.isOn),
                addsPrefixSpace: settings.addsPrefixSpace ?? (hasClass ? false : old.addsPrefixSpace))
        }
        guard single.normalizer, normalizer.count == 1, case .bert(let old) = normalizer[0] else { return }
        if let tokenizerClass {
            switch tokenizerClass.normalizerSettings {
            case .none: return
            case .caseAndAccents, .all:
                let splits =
                    if case .all = tokenizerClass.normalizerSettings { settings.splitsChineseCharacters ?? true } else {
                        old.splitsChineseCharacters
                    }
                normalizer[0] = .bert(
                    BertNormalizer(
                        cleansText: old.cleansText, splitsChineseCharacters: splits,
                        stripsAccents: settings.stripsAccents, lowercases: settings.lowercases ?? true))
            }
        } else if !hasClass {
            normalizer[0] = .bert(
                BertNormalizer(
                    cleansText: old.cleansText,
                    splitsChineseCharacters: settings.splitsChineseCharacters ?? old.splitsChineseCharacters,
                    stripsAccents: settings.stripsAccents ?? old.givenStripsAccents,
                    lowercases: settings.lowercases ?? old.lowercases))
        }
    }

    /// Converts texts to lower case before all other steps, except for added tokens: `do_lower_case` in
    /// sentence-transformers.
    mutating func lowercase() {
        if normalizer.contains(where: { if case .lowercase = $0 { true } else { false } }) { return }
        guard normalizer.count == 1, case .bert(let bert) = normalizer[0] else {
            normalizer.insert(.lowercase, at: 0)
            return
        }
        // The order of the two steps doesn't matter, and the fast path supports only this one.
        normalizer[0] = .bert(
            BertNormalizer(
                cleansText: bert.cleansText, splitsChineseCharacters: bert.splitsChineseCharacters,
                stripsAccents: bert.stripsAccents, lowercases: true))
    }
}

import BertJSON

extension TokenizerJSON {
    /// Whether the parts around the model are BERT's own, for which there is a faster way.
    func isBERT() throws -> Bool {
        func has(_ name: String, _ types: [String]) throws -> Bool {
            guard let node = root[name] else { return name != "pre_tokenizer" }
            return try types.contains(node.required("type").string())
        }
        return try has("normalizer", ["BertNormalizer"]) && has("pre_tokenizer", ["BertPreTokenizer"])
            && has("decoder", ["WordPiece"]) && has("post_processor", ["BertProcessing", "TemplateProcessing"])
    }

    func wordPiece(_ model: JSONNode) throws -> WordPieceTokenizer {
        var configuration = WordPieceConfiguration()
        configuration.normalizer =
            try root["normalizer"].map { try bertNormalizer($0) }
            ?? BertNormalizer(cleansText: false, splitsChineseCharacters: false, lowercases: false)
        // The settings say what a token is called, and the vocabulary's own word for "unknown" goes before.
        settings.apply(to: &configuration)
        if let unknown = try model["unk_token"]?.string() { configuration.unknownToken = unknown }
        if let prefix = try model["continuing_subword_prefix"]?.string() { configuration.continuingPrefix = prefix }
        if let most = try model["max_input_chars_per_word"]?.int(in: 1...Int(Int32.max)) {
            configuration.maxScalarsPerWord = most
        }
        configuration.addedTokens = try addedTokens() + settings.addedTokens
        configuration.findsSpecialTokens = false
        configuration.template = try postProcessing().template
        configuration.decoder =
            try root["decoder"].map { try wordPieceDecoder($0) } ?? WordPieceDecoder(prefix: nil, cleansUp: false)
        return try WordPieceTokenizer(tokens(model), configuration)
    }

    func bertNormalizer(_ node: JSONNode) throws -> BertNormalizer {
        BertNormalizer(
            cleansText: try node["clean_text"]?.bool() ?? true,
            splitsChineseCharacters: try node["handle_chinese_chars"]?.bool() ?? true,
            stripsAccents: try node["strip_accents"]?.bool(), lowercases: try node["lowercase"]?.bool() ?? true)
    }

    func wordPieceDecoder(_ node: JSONNode) throws -> WordPieceDecoder {
        WordPieceDecoder(
            prefix: try node["prefix"]?.string() ?? "##", cleansUp: try node["cleanup"]?.bool() ?? true)
    }
}

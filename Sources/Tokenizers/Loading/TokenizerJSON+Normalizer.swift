import BertJSON

extension TokenizerJSON {
    /// Returns the steps of the normalizer; empty if the file has none.
    func normalizer() throws -> [NormalizerStep] {
        var steps: [NormalizerStep] = []
        if let node = root["normalizer"] { try append(node, to: &steps) }
        return steps
    }

    private func append(_ node: JSONNode, to steps: inout [NormalizerStep]) throws {
        let type = try node.required("type").string()
        switch type {
        case "Sequence":
            for step in try node.required("normalizers").elements() { try append(step, to: &steps) }
        case "BertNormalizer": steps.append(.bert(try bertNormalizer(node)))
        case "NFC": steps.append(.unicode(compatible: false, composed: true))
        case "NFD": steps.append(.unicode(compatible: false, composed: false))
        case "NFKC": steps.append(.unicode(compatible: true, composed: true))
        case "NFKD": steps.append(.unicode(compatible: true, composed: false))
        case "Lowercase": steps.append(.lowercase)
        case "StripAccents": steps.append(.stripAccents)
        case "Strip":
            steps.append(
                .strip(
                    left: try node["strip_left"]?.bool() ?? true, right: try node["strip_right"]?.bool() ?? true))
        case "Replace":
            let content = try node.required("content").string()
            steps.append(.replace(try pattern(node.required("pattern")), by: content.unicodeScalars.map(\.value)))
        case "Prepend":
            steps.append(.prepend(try node.required("prepend").string().unicodeScalars.map(\.value)))
        case "Precompiled":
            let text = try node.required("precompiled_charsmap")
            guard let bytes = Base64.decode(try text.string()), let map = CharacterMap(bytes) else {
                throw text.failure(.typeMismatch, "is not a base64-encoded sentencepiece character map")
            }
            steps.append(.precompiled(map))
        case "Nmt": steps.append(.nmt)
        case "ByteLevel": steps.append(.byteLevel)
        default:
            throw unsupported(
                node, type,
                known: [
                    "BertNormalizer", "ByteLevel", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "Nmt", "Precompiled",
                    "Prepend", "Replace", "Sequence", "Strip", "StripAccents",
                ])
        }
    }

    func bertNormalizer(_ node: JSONNode) throws -> BertNormalizer {
        BertNormalizer(
            cleansText: try node["clean_text"]?.bool() ?? true,
            splitsChineseCharacters: try node["handle_chinese_chars"]?.bool() ?? true,
            stripsAccents: try node["strip_accents"]?.bool(), lowercases: try node["lowercase"]?.bool() ?? true)
    }

    /// Reads a pattern: `{"String": …}` or `{"Regex": …}`.
    func pattern(_ node: JSONNode) throws -> TextPattern {
        if let text = try node["String"]?.string() { return .literal(Array(text.utf8)) }
        let expression = try node.required("Regex")
        let text = try expression.string()
        do { return .regex(try ScalarRegex(text)) } catch {
            throw TokenizerError(
                .unsupportedComponent, "the regular expression \(JSONValue.string(text)) \(error.reason)", file: source,
                key: expression.path, value: .string(text))
        }
    }
}

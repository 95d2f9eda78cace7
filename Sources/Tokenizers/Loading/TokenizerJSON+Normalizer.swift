import BertJSON

extension TokenizerJSON {
    /// The steps of the normalizer; none if there is none.
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
                throw text.failure(.typeMismatch, "is not the base64 of a sentencepiece character map")
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

    /// What `{"String": …}` or `{"Regex": …}` looks for.
    func pattern(_ node: JSONNode) throws -> TextPattern {
        if let text = try node["String"]?.string() { return .literal(Array(text.utf8)) }
        let expression = try node.required("Regex")
        let text = try expression.string()
        do { return .regex(try ScalarRegex(text)) } catch {
            throw TokenizerError(
                .unsupportedComponent,
                "\(source): the regular expression \(JSONValue.string(text)) of \(expression.path) \(error.reason)")
        }
    }
}

/// Base64 (RFC 4648, section 4).
enum Base64 {
    /// The bytes, or nil if the text is no base64.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count * 3 / 4)
        var bits: UInt32 = 0
        var count = 0
        var digits = 0
        var isOver = false
        for byte in text.utf8 {
            let value: UInt8
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            case UInt8(ascii: "="):
                isOver = true
                digits += 1
                continue
            default: return nil
            }
            if isOver { return nil }
            digits += 1
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return digits % 4 == 0 ? bytes : nil
    }
}

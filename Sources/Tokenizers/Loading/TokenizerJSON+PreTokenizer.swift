import BertJSON

extension TokenizerJSON {
    /// Returns the steps of the pre-tokenizer; empty if the file has none.
    func preTokenizer() throws -> [PreTokenizerStep] {
        var steps: [PreTokenizerStep] = []
        if let node = root["pre_tokenizer"] { try append(node, to: &steps) }
        return steps
    }

    private func append(_ node: JSONNode, to steps: inout [PreTokenizerStep]) throws {
        let type = try node.required("type").string()
        switch type {
        case "Sequence":
            for step in try node.required("pretokenizers").elements() { try append(step, to: &steps) }
        case "ByteLevel":
            steps.append(
                .byteLevel(
                    addsPrefixSpace: try node["add_prefix_space"]?.bool() ?? true,
                    splits: try node["use_regex"]?.bool() ?? true, spells: true))
        case "Metaspace":
            steps.append(
                .metaspace(
                    replacement: try replacement(node), try metaspacePrefix(node),
                    splits: try node["split"]?.bool() ?? true))
        case "Split":
            steps.append(
                .pattern(
                    try pattern(node.required("pattern")), try behavior(node.required("behavior")),
                    isInverted: try node["invert"]?.bool() ?? false))
        case "BertPreTokenizer":
            steps.append(.scalars(.whitespace, .removed))
            steps.append(.scalars(.punctuation, .isolated))
        case "Whitespace": steps.append(.whitespace)
        case "WhitespaceSplit": steps.append(.scalars(.whitespace, .removed))
        case "Punctuation":
            steps.append(.scalars(.punctuation, try node["behavior"].map { try behavior($0) } ?? .isolated))
        case "Digits":
            steps.append(
                .scalars(.numeric, try node["individual_digits"]?.bool() ?? false ? .isolated : .contiguous))
        case "CharDelimiterSplit": steps.append(.scalars(.one(try scalar(node.required("delimiter"))), .removed))
        case "UnicodeScripts": steps.append(.unicodeScripts)
        case "FixedLength": steps.append(.fixedLength(try node["length"]?.int(in: 1...Int(Int32.max)) ?? 5))
        default:
            throw unsupported(
                node, type,
                known: [
                    "BertPreTokenizer", "ByteLevel", "CharDelimiterSplit", "Digits", "FixedLength", "Metaspace",
                    "Punctuation", "Sequence", "Split", "UnicodeScripts", "Whitespace", "WhitespaceSplit",
                ])
        }
    }

    private func behavior(_ node: JSONNode) throws -> SplitBehavior {
        guard let behavior = SplitBehavior(rawValue: try node.string()) else {
            throw node.mismatch("one of \(SplitBehavior.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return behavior
    }

    private func scalar(_ node: JSONNode) throws -> UInt32 {
        let scalars = try node.string().unicodeScalars
        guard let scalar = scalars.first, scalars.dropFirst().isEmpty else { throw node.mismatch("one character") }
        return scalar.value
    }

    /// Returns the character that replaces spaces.
    func replacement(_ node: JSONNode) throws -> [UInt8] {
        guard let node = node["replacement"] else { return Array("\u{2581}".utf8) }
        _ = try scalar(node)
        return Array(try node.string().utf8)
    }

    /// Returns where `Metaspace` adds a replacement at the start of a text.
    func metaspacePrefix(_ node: JSONNode) throws -> PreTokenizerStep.Prefix {
        let isAdded = try node["add_prefix_space"]?.bool()
        guard let scheme = node["prepend_scheme"] else { return isAdded ?? true ? .always : .never }
        guard let prefix = PreTokenizerStep.Prefix(rawValue: try scheme.string()) else {
            throw scheme.mismatch("one of always, first, never")
        }
        guard isAdded != false || prefix == .never else {
            throw scheme.failure(.typeMismatch, "conflicts with \"add_prefix_space\", which is false")
        }
        return prefix
    }
}

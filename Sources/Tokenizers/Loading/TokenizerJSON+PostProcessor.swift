import BertJSON

/// The post-processing: special tokens, and trimming of white space from offsets.
struct PostProcessing {
    var template = SequenceTemplate.bare
    var trimming: TokenizerParts.Trimming?
    fileprivate var hasTemplate = false
}

extension TokenizerJSON {
    /// Reads the post-processor.
    func postProcessing() throws -> PostProcessing {
        var result = PostProcessing()
        if let node = root["post_processor"] { try apply(node, to: &result) }
        return result
    }

    private func apply(_ node: JSONNode, to result: inout PostProcessing) throws {
        let type = try node.required("type").string()
        func set(_ template: SequenceTemplate) throws {
            guard !result.hasTemplate else {
                throw TokenizerError(
                    .unsupportedComponent,
                    "is the second post-processor that adds special tokens; only one is supported", file: source,
                    key: node.path, value: .string(type))
            }
            result.template = template
            result.hasTemplate = true
        }
        switch type {
        case "BertProcessing":
            try set(
                .bert(
                    classification: id(ofPair: node.required("cls")), separator: id(ofPair: node.required("sep"))))
        case "RobertaProcessing":
            try set(
                .roberta(
                    classification: id(ofPair: node.required("cls")), separator: id(ofPair: node.required("sep"))))
            try trim(node, &result)
        case "ByteLevel": try trim(node, &result)
        case "TemplateProcessing":
            let special = try node.required("special_tokens")
            var template = SequenceTemplate(
                single: try pieces(node.required("single"), special, sequences: ["A"]),
                pair: try pieces(node.required("pair"), special, sequences: ["A", "B"]))
            template.ownTypesInOverflow = .always
            try set(template)
        case "Sequence":
            for processor in try node.required("processors").elements() { try apply(processor, to: &result) }
        default:
            throw unsupported(
                node, type,
                known: ["BertProcessing", "ByteLevel", "RobertaProcessing", "Sequence", "TemplateProcessing"])
        }
    }

    private func trim(_ node: JSONNode, _ result: inout PostProcessing) throws {
        result.trimming = TokenizerParts.Trimming(
            isOn: try node["trim_offsets"]?.bool() ?? true,
            addsPrefixSpace: try node["add_prefix_space"]?.bool() ?? true)
    }

    /// Returns the id of a token in the form `["[SEP]", 102]`.
    private func id(ofPair node: JSONNode) throws -> Int32 {
        let elements = try node.elements()
        guard elements.count == 2 else { throw node.mismatch("a token and its id") }
        return Int32(try elements[1].int(in: 0...Int(Int32.max) - 1))
    }

    private func pieces(_ node: JSONNode, _ special: JSONNode, sequences: [String]) throws
        -> [SequenceTemplate.Piece]
    {
        let pieces: [SequenceTemplate.Piece] = try node.elements().map { piece in
            if let token = piece["SpecialToken"] {
                let name = try token.required("id").string()
                let ids = try special.required(name).required("ids").elements().map {
                    Int32(try $0.int(in: 0...Int(Int32.max) - 1))
                }
                return .special(ids: ids, typeID: try typeID(token))
            }
            let sequence = try piece.required("Sequence")
            let name = try sequence.required("id").string()
            guard let index = sequences.firstIndex(of: name) else {
                throw sequence.failure(.typeMismatch, "unknown sequence \"\(name)\"")
            }
            return .sequence(index, typeID: try typeID(sequence))
        }
        for (index, name) in sequences.enumerated() {
            let count = pieces.count { if case .sequence(index, _) = $0 { true } else { false } }
            guard count == 1 else {
                throw node.failure(.typeMismatch, "the sequence \(name) occurs \(count) times instead of once")
            }
        }
        return pieces
    }

    private func typeID(_ node: JSONNode) throws -> Int32 {
        Int32(try node["type_id"]?.int(in: 0...Int(Int32.max) - 1) ?? 0)
    }
}

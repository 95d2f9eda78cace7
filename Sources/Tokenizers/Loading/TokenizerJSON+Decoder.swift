import BertJSON

extension TokenizerJSON {
    /// Returns the decoder; nil if the file has none.
    func decoder() throws -> DecoderChain? {
        guard let node = root["decoder"] else { return nil }
        var steps: [DecoderChain.Step] = []
        try append(node, to: &steps)
        return DecoderChain(steps: steps)
    }

    private func wordPieceDecoder(_ node: JSONNode) throws -> WordPieceDecoder {
        WordPieceDecoder(
            prefix: try node["prefix"]?.string() ?? "##", cleansUp: try node["cleanup"]?.bool() ?? true)
    }

    private func append(_ node: JSONNode, to steps: inout [DecoderChain.Step]) throws {
        let type = try node.required("type").string()
        switch type {
        case "Sequence":
            for step in try node.required("decoders").elements() { try append(step, to: &steps) }
        case "ByteLevel": steps.append(.byteLevel)
        case "Metaspace":
            steps.append(.metaspace(replacement: try replacement(node), prefix: try metaspacePrefix(node) != .never))
        case "WordPiece": steps.append(.wordPiece(try wordPieceDecoder(node)))
        case "BPEDecoder": steps.append(.bpe(suffix: Array((try node["suffix"]?.string() ?? "</w>").utf8)))
        case "ByteFallback": steps.append(.byteFallback)
        case "Fuse": steps.append(.fuse)
        case "Strip":
            let content = try node.required("content").string()
            guard !content.isEmpty else { throw try node.required("content").mismatch("one character") }
            steps.append(
                .strip(
                    Array(content.utf8), start: try node["start"]?.int(in: 0...Int(Int32.max)) ?? 0,
                    stop: try node["stop"]?.int(in: 0...Int(Int32.max)) ?? 0))
        case "Replace":
            steps.append(
                .replace(try pattern(node.required("pattern")), by: Array(try node.required("content").string().utf8)))
        default:
            throw unsupported(
                node, type,
                known: [
                    "BPEDecoder", "ByteFallback", "ByteLevel", "Fuse", "Metaspace", "Replace", "Sequence", "Strip",
                    "WordPiece",
                ])
        }
    }
}

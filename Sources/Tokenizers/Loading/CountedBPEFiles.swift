import BertJSON

/// The files `vocab.txt` (with counts) and `bpe.codes` of a `PhobertTokenizer` or `BertweetTokenizer`, which use the
/// BPE of subword-nmt. Tokens end with `@@` if the word continues.
struct CountedBPEFiles {
    private let files: TokenizerFiles
    private let settings: TokenizerSettings
    private static let continues = Array("@@".utf8)
    private static let endsWord = Array("</w>".utf8)

    init(_ files: TokenizerFiles, _ settings: TokenizerSettings) {
        self.files = files
        self.settings = settings
    }

    func parts() throws -> TokenizerParts {
        let name = settings.className ?? ""
        if try settings.config?["normalization"]?.bool() ?? false {
            throw TokenizerError(
                .unsupportedComponent,
                "\(name): tweet normalization requires Python packages and is not supported; normalize texts in Python and set this to false",
                file: files.path(of: "tokenizer_config.json"), key: "normalization", value: "true")
        }
        guard let vocabulary = try files.bytes(of: "vocab.txt"), let codes = try files.bytes(of: "bpe.codes") else {
            throw TokenizerError(
                .fileNotReadable, "\(name) requires vocab.txt and bpe.codes; one of them is missing", file: files.name)
        }
        var roles = TokenizerClass.named(name)?.roles ?? [:]
        for (role, named) in settings.roles { roles[role] = named.content }
        let list = try tokens(vocabulary, roles)
        let merges = try merges(codes)
        var parts = TokenizerParts(source: list.source, tokens: list) { vocabulary in
            let unknown = roles[.unknown].flatMap { vocabulary.id(of: $0) } ?? 3
            return .bpe(try Self.model(list, merges, vocabulary, unknown))
        }
        parts.preTokenizer = [.pattern(.regex(try Self.words()), .removed, isInverted: true)]
        parts.decoder = DecoderChain(steps: [.continued(suffix: Self.continues)])
        parts.makeTemplate = { try TokenizerClass.SpecialTokenLayout.roberta.template(roles, $0) }
        parts.single = TokenizerParts.Single(normalizer: false, preTokenizer: false, postProcessor: false)
        return parts
    }

    private static func words() throws -> ScalarRegex { try ScalarRegex(#"\S+\n?"#) }

    /// Returns the tokens: four special tokens, and one token per line, followed by a space and its count.
    private func tokens(_ bytes: [UInt8], _ roles: [TokenRole: String]) throws -> TokenList {
        let source = files.path(of: "vocab.txt")
        var list = TokenList(source: source)
        for (id, role) in [TokenRole.bos, .padding, .eos, .unknown].enumerated() {
            if let content = roles[role] { list.append(content.utf8, id: Int32(id)) }
        }
        var known = Set(list.ids.indices.map { Array(list.token(at: $0)) })
        var number = 0
        try bytes.withUnsafeBufferPointer { text in
            try TextLines.forEach(in: text, source: source) { line throws(TokenizerError) in
                number += 1
                guard let space = line.lastIndex(of: 0x20) else {
                    throw TokenizerError(
                        .malformedFile, "expected a token and its count, separated by a space", file: source,
                        line: number, value: .string(String(decoding: line, as: UTF8.self)))
                }
                let token = Array(line[..<space])
                if known.insert(token).inserted { list.append(token, id: Int32(known.count - 1)) }
            }
        }
        return list
    }

    /// Returns the pairs of symbols to merge, the most frequent first.
    private func merges(_ bytes: [UInt8]) throws -> [(left: [UInt8], right: [UInt8])] {
        let source = files.path(of: "bpe.codes")
        var merges: [(left: [UInt8], right: [UInt8])] = []
        var number = 0
        try bytes.withUnsafeBufferPointer { text in
            try TextLines.forEach(in: text, source: source) { line throws(TokenizerError) in
                number += 1
                let parts = line.split(separator: 0x20)
                if parts.isEmpty || parts.first?.starts(with: Array("#version".utf8)) == true { return }
                guard parts.count == 3 || parts.count == 2 else {
                    throw TokenizerError(
                        .malformedFile, "expected two symbols and a count, separated by spaces", file: source,
                        line: number, value: .string(String(decoding: line, as: UTF8.self)))
                }
                merges.append((Array(parts[0]), Array(parts[1])))
            }
        }
        return merges
    }

    /// Returns a model whose symbols come from `bpe.codes`, where `</w>` ends a word, and whose tokens come from
    /// `vocab.txt`.
    private static func model(
        _ list: TokenList, _ merges: [(left: [UInt8], right: [UInt8])], _ vocabulary: Vocabulary, _ unknown: Int32
    ) throws -> BPEModel {
        var symbols = TokenList(source: list.source)
        var ids: [[UInt8]: Int32] = [:]
        func id(_ symbol: [UInt8]) -> Int32 {
            if let id = ids[symbol] { return id }
            let id = Int32(ids.count)
            ids[symbol] = id
            symbols.append(symbol, id: id)
            return id
        }
        let table = merges.map { (id($0.left), id($0.right), id($0.left + $0.right)) }
        for index in list.ids.indices {
            let token = Array(list.token(at: index))
            _ = id(token + endsWord)
            if token.suffix(2).elementsEqual(continues) { _ = id(Array(token.dropLast(2))) }
        }
        let other = id([])
        var outputs = [Int32](repeating: unknown, count: ids.count)
        for (symbol, id) in ids where id != other {
            let token =
                symbol.suffix(4).elementsEqual(endsWord) ? Array(symbol.dropLast(4)) : symbol + continues
            outputs[Int(id)] = token.withUnsafeBufferPointer { vocabulary.id(ofWord: $0) } ?? unknown
        }
        var model = BPEModel(
            vocabulary: try Vocabulary(symbols),
            merges: MergeTable(table.map { (left: $0.0, right: $0.1, result: $0.2) }))
        model.endSuffix = endsWord
        model.unknownSymbol = other
        model.unknownID = unknown
        model.outputIDs = outputs
        return model
    }
}

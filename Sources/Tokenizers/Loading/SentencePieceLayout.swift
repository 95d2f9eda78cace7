import BertJSON

/// The class-specific order of sentencepiece tokens, normalizer, pre-tokenizer and template, like the converters of
/// `transformers`.
enum SentencePieceLayout: Sendable {
    case xlmRoberta, camembert, albert, debertaV2, bigBird

    /// Returns the tokens with their scores, in the order of their ids, and the id of unknown characters.
    func pieces(_ model: SentencePieceModel) -> (pieces: [Piece], unknownID: Int) {
        let own = model.pieces.map { Piece(content: $0.content, score: Double($0.score)) }
        func fairseq(_ first: [String], _ rest: ArraySlice<Piece>) -> [Piece] {
            // fairseq uses its own special tokens instead of those of sentencepiece.
            let special = first.map { Piece(content: Array($0.utf8), score: $0 == "<unk>NOTUSED" ? -100 : 0) }
            return special + rest + [Piece(content: Array("<mask>".utf8), score: 0)]
        }
        switch self {
        case .xlmRoberta: return (fairseq(["<s>", "<pad>", "</s>", "<unk>"], own.dropFirst(3)), 3)
        case .camembert:
            return (fairseq(["<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>", "<unk>NOTUSED"], own.dropFirst()), 3)
        case .albert:
            let pieces = own.map { piece in
                Piece(
                    content: piece.content,
                    score: Self.endsInNumberAndComma(piece.content) ? piece.score - 100 : piece.score)
            }
            return (pieces, model.unknownID)
        case .debertaV2, .bigBird: return (own, model.unknownID)
        }
    }

    struct Piece {
        let content: [UInt8]
        let score: Double
    }

    /// Returns whether a token ends in a digit and a comma, which ALBERT separates.
    private static func endsInNumberAndComma(_ piece: [UInt8]) -> Bool {
        let scalars = Array(String(decoding: piece, as: UTF8.self).unicodeScalars)
        guard scalars.count >= 2, scalars[scalars.count - 1] == "," else { return false }
        let type = scalars[scalars.count - 2].properties.numericType
        return type == .decimal || type == .digit
    }

    /// Returns the normalizer.
    func normalizer(_ map: CharacterMap?, _ settings: TokenizerSettings) throws -> [NormalizerStep] {
        let mapped: [NormalizerStep] = map.map { [.precompiled($0)] } ?? []
        func spaces(by content: UInt32) throws -> NormalizerStep {
            .replace(.regex(try ScalarRegex(" {2,}")), by: [content])
        }
        switch self {
        case .xlmRoberta, .camembert, .bigBird:
            return try mapped + [.strip(left: false, right: true), spaces(by: 0x2581)]
        case .albert:
            var steps: [NormalizerStep] = [
                .replace(.literal(Array("``".utf8)), by: [0x22]), .replace(.literal(Array("''".utf8)), by: [0x22]),
            ]
            if try !(settings.config?["keep_accents"]?.bool() ?? false) {
                steps += [.unicode(compatible: true, composed: false), .stripAccents]
            }
            if settings.lowercases ?? true { steps.append(.lowercase) }
            return try steps + mapped + [spaces(by: 0x20)]
        case .debertaV2:
            var steps: [NormalizerStep] = []
            if settings.lowercases ?? false { steps.append(.lowercase) }
            return try steps + [.strip(left: true, right: true)] + mapped + [spaces(by: 0x20)]
        }
    }

    func preTokenizer(_ settings: TokenizerSettings) throws -> [PreTokenizerStep] {
        let metaspace = PreTokenizerStep.metaspace(replacement: SentencePieceFiles.space, .always, splits: true)
        guard case .debertaV2 = self, try settings.config?["split_by_punct"]?.bool() ?? false else {
            return [metaspace]
        }
        return [.scalars(.punctuation, .isolated), metaspace]
    }

    /// Returns the template, with the special tokens of the converter regardless of the settings.
    func template(_ vocabulary: Vocabulary, _ source: String) throws -> SequenceTemplate {
        func id(_ content: String) throws -> Int32 {
            if let id = vocabulary.id(of: content) { return id }
            throw TokenizerError(
                .missingToken, "the model has no piece \"\(content)\", which the tokenizer class requires",
                file: source,
                value: .string(content))
        }
        switch self {
        case .xlmRoberta, .camembert:
            var template = SequenceTemplate.roberta(classification: try id("<s>"), separator: try id("</s>"))
            template.ownTypesInOverflow = .always
            return template
        case .albert, .debertaV2, .bigBird:
            var template = SequenceTemplate.bert(classification: try id("[CLS]"), separator: try id("[SEP]"))
            template.ownTypesInOverflow = .always
            return template
        }
    }
}

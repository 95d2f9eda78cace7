/// How special tokens surround one text or two.
public struct SequenceTemplate: Sendable, Hashable {
    /// A part of the result.
    public enum Piece: Sendable, Hashable {
        /// Special tokens.
        case special(ids: [Int32], typeID: Int32)
        /// The text (0), or the second text of a pair (1).
        case sequence(Int, typeID: Int32)
    }

    /// The parts around a single text.
    public var single: [Piece]
    /// The parts around a pair.
    public var pair: [Piece]
    /// When the texts of an overflow window have types 0 and 1, whatever the parts say, as in Hugging Face `tokenizers`.
    enum OwnTypes: Sendable, Hashable {
        case never, always
        /// If no special tokens are added.
        case bare
    }

    var ownTypesInOverflow = OwnTypes.never

    /// Makes a template of its parts.
    public init(single: [Piece], pair: [Piece]) {
        self.single = single
        self.pair = pair
    }

    /// `[CLS] A [SEP]`, and `[CLS] A [SEP] B [SEP]` with type 1 for the last two.
    public static func bert(classification: Int32, separator: Int32) -> SequenceTemplate {
        let single: [Piece] = [
            .special(ids: [classification], typeID: 0), .sequence(0, typeID: 0),
            .special(ids: [separator], typeID: 0),
        ]
        return SequenceTemplate(
            single: single, pair: single + [.sequence(1, typeID: 1), .special(ids: [separator], typeID: 1)])
    }

    /// `<s> A </s>`, and `<s> A </s></s> B </s>`, all of type 0.
    public static func roberta(classification: Int32, separator: Int32) -> SequenceTemplate {
        let single: [Piece] = [
            .special(ids: [classification], typeID: 0), .sequence(0, typeID: 0),
            .special(ids: [separator], typeID: 0),
        ]
        var template = SequenceTemplate(
            single: single,
            pair: single + [
                .special(ids: [separator], typeID: 0), .sequence(1, typeID: 0),
                .special(ids: [separator], typeID: 0),
            ])
        template.ownTypesInOverflow = .bare
        return template
    }

    /// The number of special tokens it adds to one text, or to two.
    public func specialTokenCount(isPair: Bool) -> Int {
        (isPair ? pair : single).reduce(0) {
            guard case .special(let ids, _) = $1 else { return $0 }
            return $0 + ids.count
        }
    }
}

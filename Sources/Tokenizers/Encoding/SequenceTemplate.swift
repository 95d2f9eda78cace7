/// The placement of special tokens around a text or a pair.
public struct SequenceTemplate: Sendable, Hashable {
    /// A part of a template.
    public enum Piece: Sendable, Hashable {
        /// Special tokens.
        case special(ids: [Int32], typeID: Int32)
        /// The text (0) or the second text of a pair (1).
        case sequence(Int, typeID: Int32)
    }

    /// The parts for a single text.
    public var single: [Piece]
    /// The parts for a pair.
    public var pair: [Piece]
    /// The condition under which the texts of an overflow window have types 0 and 1 regardless of the template, as in
    /// Hugging Face `tokenizers`.
    enum OwnTypes: Sendable, Hashable {
        case never, always
        /// If no special tokens are added.
        case bare
    }

    var ownTypesInOverflow = OwnTypes.never

    /// Creates a template from its parts.
    public init(single: [Piece], pair: [Piece]) {
        self.single = single
        self.pair = pair
    }

    /// Returns the template of BERT: `[CLS] A [SEP]`, and `[CLS] A [SEP] B [SEP]` with type 1 for the last two parts.
    public static func bert(classification: Int32, separator: Int32) -> SequenceTemplate {
        let single: [Piece] = [
            .special(ids: [classification], typeID: 0), .sequence(0, typeID: 0),
            .special(ids: [separator], typeID: 0),
        ]
        return SequenceTemplate(
            single: single, pair: single + [.sequence(1, typeID: 1), .special(ids: [separator], typeID: 1)])
    }

    /// Returns the template of RoBERTa: `<s> A </s>`, and `<s> A </s></s> B </s>`, all with type 0.
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

    /// Returns the number of special tokens in a text or a pair.
    public func specialTokenCount(isPair: Bool) -> Int {
        (isPair ? pair : single).reduce(0) {
            guard case .special(let ids, _) = $1 else { return $0 }
            return $0 + ids.count
        }
    }
}

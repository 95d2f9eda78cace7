/// A run of tokens that a tagging calls one entity.
struct TaggedEntity: Hashable {
    let kind: String
    let tokens: Range<Int>

    /// The entities of a tagging with prefixes `B-`, `I-`, `E-`, `S-`, as the evaluation of CoNLL-2000 finds them: an
    /// `I-` that continues nothing begins an entity, and a tag without a prefix is one of its own kind that goes on.
    static func find(in tags: [String]) -> [TaggedEntity] {
        var entities: [TaggedEntity] = []
        var start = 0
        var previous = Tag.outside
        for (index, tag) in (tags.map(Tag.init) + [.outside]).enumerated() {
            if previous.ends(before: tag) {
                entities.append(TaggedEntity(kind: previous.kind, tokens: start..<index))
            }
            if tag.begins(after: previous) { start = index }
            previous = tag
        }
        return entities
    }

    private struct Tag {
        let prefix: Character
        let kind: String

        static let outside = Tag("O")

        init(_ tag: String) {
            prefix = tag.first ?? "O"
            kind = tag.firstIndex(of: "-").map { String(tag[tag.index(after: $0)...]) } ?? "_"
        }

        var isOutside: Bool { prefix == "O" }

        func ends(before next: Tag) -> Bool {
            if isOutside { return false }
            if prefix == "E" || prefix == "S" { return true }
            return next.prefix == "B" || next.prefix == "S" || next.isOutside || kind != next.kind
        }

        func begins(after previous: Tag) -> Bool {
            if isOutside { return false }
            if prefix == "B" || prefix == "S" { return true }
            return previous.prefix == "E" || previous.prefix == "S" || previous.isOutside || kind != previous.kind
        }
    }
}

extension Metrics {
    /// Precision, recall and F1 of whole entities, each of which counts if kind and bounds are right, and the accuracy of
    /// tags: what `seqeval` gives by default.
    ///
    /// - Parameters:
    ///   - predictions: the tags of each sentence.
    ///   - labels: the right ones.
    public static func entities(
        _ predictions: [[String]], _ labels: [[String]]
    ) -> (precision: Double, recall: Double, f1: Double, accuracy: Double) {
        var (predicted, labelled, both, right, count) = (0, 0, 0, 0, 0)
        for (prediction, label) in zip(predictions, labels) {
            let (found, wanted) = (Set(TaggedEntity.find(in: prediction)), Set(TaggedEntity.find(in: label)))
            predicted += found.count
            labelled += wanted.count
            both += found.intersection(wanted).count
            right += zip(prediction, label).count { $0 == $1 }
            count += label.count
        }
        func share(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
        return (
            share(both, predicted), share(both, labelled), share(2 * both, predicted + labelled), share(right, count)
        )
    }
}

/// A span of tokens that is tagged as one entity.
struct TaggedEntity: Hashable {
    let kind: String
    let tokens: Range<Int>

    /// Finds the entities of tags with the prefixes `B-`, `I-`, `E-`, `S-`, like the evaluation script of CoNLL-2000.
    /// An `I-` that doesn't continue an entity starts one. Consecutive tags without a prefix form one entity.
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
    /// Returns the precision, recall and F1 of entities, and the accuracy of tags, like `seqeval` with its defaults. An
    /// entity is correct if its type and bounds are correct.
    ///
    /// - Parameters:
    ///   - predictions: The predicted tags of each sentence.
    ///   - labels: The correct tags of each sentence.
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

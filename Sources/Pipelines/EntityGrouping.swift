import BertTokenizers

/// A token with the probabilities of all labels.
struct ScoredToken {
    let word: String
    let scores: [Double]
    let start: Int
    let end: Int
    let index: Int
    /// Whether it goes on with the word of the token before.
    let isSubword: Bool
}

/// Makes entities of tokens by the rules of Hugging Face's pipeline.
struct EntityGrouping {
    let aggregation: EntityAggregation
    let labels: [String]
    let tokenizer: any Tokenizer

    /// A token or a word, and its label.
    private struct Labelled {
        let label: String
        let score: Double
        let word: String
        let start: Int
        let end: Int

        /// The kind of entity, and whether it begins one. Whatever is not written `B-…` or `I-…` goes on.
        var tag: (name: Substring, begins: Bool) {
            if label.hasPrefix("B-") { return (label.dropFirst(2), true) }
            return (label.hasPrefix("I-") ? label.dropFirst(2) : label[...], false)
        }
    }

    /// The entities of one window.
    func entities(_ tokens: [ScoredToken]) -> [TokenEntity] {
        switch aggregation {
        case .none:
            tokens.map { token in
                let (best, score) = Self.best(token.scores)
                return TokenEntity(
                    entity: labels[best], entityGroup: nil, score: score, index: token.index,
                    word: token.word,
                    start: token.start, end: token.end)
            }
        case .simple: grouped(tokens.map { labelled([$0], $0.scores, word: $0.word) })
        case .first, .average, .max: grouped(words(tokens))
        }
    }

    /// Of entities that overlap, where windows do, the longest; of equally long ones the surest.
    static func withoutOverlaps(_ entities: [TokenEntity]) -> [TokenEntity] {
        let sorted = entities.enumerated().sorted {
            ($0.element.start, $0.offset) < ($1.element.start, $1.offset)
        }
        .map(\.element)
        guard var previous = sorted.first else { return [] }
        var result: [TokenEntity] = []
        // As there the first is compared with itself, too.
        for entity in sorted {
            if previous.start <= entity.start, entity.start < previous.end {
                let (length, former) = (entity.end - entity.start, previous.end - previous.start)
                if length > former || length == former && entity.score > previous.score {
                    previous = entity
                }
            } else {
                result.append(previous)
                previous = entity
            }
        }
        return result + [previous]
    }

    private func words(_ tokens: [ScoredToken]) -> [Labelled] {
        var words: [[ScoredToken]] = []
        for token in tokens {
            if token.isSubword, !words.isEmpty {
                words[words.count - 1].append(token)
            } else {
                words.append([token])
            }
        }
        return words.map { word in
            var scores = word[0].scores
            switch aggregation {
            case .average:
                for index in scores.indices {
                    scores[index] = word.reduce(0) { $0 + $1.scores[index] } / Double(word.count)
                }
            case .max:
                for token in word.dropFirst() where Self.best(token.scores).score > Self.best(scores).score {
                    scores = token.scores
                }
            case .first, .none, .simple: break
            }
            return labelled(word, scores, word: tokenizer.text(of: word.map(\.word)))
        }
    }

    private func labelled(_ tokens: [ScoredToken], _ scores: [Double], word: String) -> Labelled {
        let (best, score) = Self.best(scores)
        return Labelled(
            label: labels[best], score: score, word: word, start: tokens[0].start,
            end: tokens[tokens.count - 1].end)
    }

    private func grouped(_ words: [Labelled]) -> [TokenEntity] {
        var groups: [[Labelled]] = []
        for word in words {
            if let last = groups.last?.last, word.tag.name == last.tag.name, !word.tag.begins {
                groups[groups.count - 1].append(word)
            } else {
                groups.append([word])
            }
        }
        return groups.map { group in
            let label = group[0].label
            let name = label.firstIndex(of: "-").map { label[label.index(after: $0)...] } ?? label[...]
            return TokenEntity(
                entity: nil, entityGroup: String(name),
                score: group.reduce(0) { $0 + $1.score } / Double(group.count), index: nil,
                word: tokenizer.text(of: group.map(\.word)), start: group[0].start,
                end: group[group.count - 1].end)
        }
    }

    /// The first of the best.
    private static func best(_ scores: [Double]) -> (index: Int, score: Double) {
        var best = 0
        for index in scores.indices where scores[index] > scores[best] { best = index }
        return (best, scores[best])
    }
}

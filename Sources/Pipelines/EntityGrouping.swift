import BertTokenizers

/// A token with the probabilities of all labels.
struct ScoredToken {
    let word: String
    let scores: [Double]
    let start: Int
    let end: Int
    let index: Int
    /// Whether the token continues the word of the previous token.
    let isSubword: Bool
}

/// The aggregation of tokens into entities, with the rules of Hugging Face's pipeline.
struct EntityGrouping {
    let aggregation: EntityAggregation
    let labels: [String]
    let tokenizer: any Tokenizer

    /// A token or word with its label.
    private struct Labelled {
        let label: String
        let score: Double
        let word: String
        let start: Int
        let end: Int

        /// The kind of entity, and whether the label starts one. Labels other than `B-…` and `I-…` continue an entity.
        var tag: (name: Substring, begins: Bool) {
            if label.hasPrefix("B-") { return (label.dropFirst(2), true) }
            return (label.hasPrefix("I-") ? label.dropFirst(2) : label[...], false)
        }
    }

    /// Returns the entities of one window.
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

    /// Removes overlapping entities, which occur in overlapping windows. The longest one is kept or, for equal lengths,
    /// the one with the highest score.
    static func withoutOverlaps(_ entities: [TokenEntity]) -> [TokenEntity] {
        let sorted = entities.enumerated().sorted {
            ($0.element.start, $0.offset) < ($1.element.start, $1.offset)
        }
        .map(\.element)
        guard var previous = sorted.first else { return [] }
        var result: [TokenEntity] = []
        // As in Hugging Face's pipeline, the first entity is also compared with itself.
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

    /// Returns the index and value of the highest score; the first one for ties.
    private static func best(_ scores: [Double]) -> (index: Int, score: Double) {
        var best = 0
        for index in scores.indices where scores[index] > scores[best] { best = index }
        return (best, scores[best])
    }
}

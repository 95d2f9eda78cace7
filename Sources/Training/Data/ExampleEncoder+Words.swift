import BertCore
import BertPipelines
import BertTokenizers

extension ExampleEncoder {
    /// The pieces of a sentence's words, each word by itself; the first piece of a word has its label, the others have
    /// none (`run_ner` of `transformers`).
    func appendWords(of record: DataRecord, to data: inout TrainingData) throws {
        let words = try record.list(columns.texts[0]).map { $0.plain }
        var wordLabels: [Int32]?
        if let column = columns.label, let labels {
            let tags = try record.list(column)
            guard tags.count == words.count else {
                throw record.error(
                    "\(tags.count) labels for \(words.count) words", key: column, value: .int(tags.count),
                    limit: .int(words.count))
            }
            wordLabels = try tags.map { try labels.id($0, in: record, column: column) }
        }
        // Byte-level tokenizers spell a word with the space before it.
        let prefix = text.tokenizer.continuingSubwordPrefix == nil ? " " : ""
        var (ids, targets): ([Int32], [Int32]) = ([], [])
        for (index, word) in words.enumerated() {
            // No word, no space.
            guard !word.isEmpty else { continue }
            let pieces = try text.tokenizer.encode(
                prefix + word, options: EncodingOptions(addsSpecialTokens: false, truncation: .doNotTruncate)
            ).ids
            ids += pieces
            for piece in pieces.indices { targets.append(piece == 0 ? wordLabels?[index] ?? -100 : -100) }
        }
        let template = text.tokenizer.template
        let room = max(0, maximumLength - template.specialTokenCount(isPair: false))
        let isCut = ids.count > room
        ids = Array(ids.prefix(room))
        targets = Array(targets.prefix(room))
        var sequence = TrainingExample.Sequence(ids: [], types: [])
        var labels: [Int32] = []
        for piece in template.single {
            switch piece {
            case .special(let special, let type):
                sequence.ids += special
                sequence.types += special.map { _ in type }
                labels += special.map { _ in -100 }
            case .sequence(_, let type):
                sequence.ids += ids
                sequence.types += ids.map { _ in type }
                labels += targets
            }
        }
        data.add(TrainingExample([sequence], wordLabels == nil ? .none : .tokenLabels(labels)), isCut: isCut)
    }
}

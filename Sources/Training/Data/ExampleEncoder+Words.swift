import BertCore
import BertPipelines
import BertTokenizers

extension ExampleEncoder {
    /// Appends the tokens of a sentence's words. Each word is tokenized individually. The first token of a word has its
    /// label, and the others have none (like `run_ner` of `transformers`).
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
        // Byte-level tokenizers include the preceding space in a word.
        let prefix = text.tokenizer.continuingSubwordPrefix == nil ? " " : ""
        var (ids, targets): ([Int32], [Int32]) = ([], [])
        for (index, word) in words.enumerated() {
            // An empty word has no space, either.
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

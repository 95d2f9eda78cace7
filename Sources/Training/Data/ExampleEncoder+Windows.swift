import BertCore
import BertJSON
import BertPipelines
import BertTokenizers

extension ExampleEncoder {
    /// Appends the windows over a question's context. In a window without the answer, the target is the first token
    /// (like `run_qa` of `transformers`).
    func appendWindows(of record: DataRecord, _ index: Int, to data: inout TrainingData) throws {
        let (question, context) = (try record.text(columns.texts[0]), try record.text(columns.texts[1]))
        let answers = try columns.label.map { try self.answers(of: record, $0, context) }
        let encoding = try text.encode(
            PairedText(String(question.drop { $0.isWhitespace }), pair: context),
            EncodingOptions(maxLength: maximumLength, truncation: .onlySecond, stride: stride))
        for window in [encoding] + encoding.overflow {
            let offsets = window.scalarOffsets(in: question, pair: context)
            var target = TrainingExample.Target.none
            if let answers { target = span(answers.first, window, offsets) }
            data.add(TrainingExample([sequence(window)], target), isCut: false)
            data.windows.append(
                TrainingData.Window(
                    question: index, offsets: zip(offsets, window.sequenceIDs).map { $1 == 1 ? $0 : nil }))
        }
        data.questions.append(
            TrainingData.Question(
                id: record.members["id"].map(\.plain) ?? String(index), context: context,
                answers: answers?.map(\.text) ?? []))
    }

    private struct AnswerSpan {
        let text: String
        let range: Range<Int>
    }

    /// Returns the answers of `{"text": [...], "answer_start": [...]}` as in SQuAD, or of the same object with a single
    /// answer.
    private func answers(of record: DataRecord, _ column: String, _ context: String) throws -> [AnswerSpan] {
        let value = try record.value(column)
        guard let members = value.objectValue, let texts = members["text"], let starts = members["answer_start"] else {
            throw record.error(
                "expected an object with the lists \"text\" and \"answer_start\", found \(value.short)",
                key: column)
        }
        let (textList, startList) = (texts.arrayValue ?? [texts], starts.arrayValue ?? [starts])
        guard textList.count == startList.count else {
            throw record.error(
                "\(textList.count) texts and \(startList.count) starts; expected one of each per answer", key: column)
        }
        let scalars = context.unicodeScalars
        return try zip(textList, startList).map { text, start in
            guard let text = text.stringValue, let start = start.intValue else {
                throw record.error("the text of an answer must be a string, and its start an integer", key: column)
            }
            let end = start + text.unicodeScalars.count
            guard start >= 0, end <= scalars.count else {
                throw record.error(
                    "the answer \(JSONValue.string(text).short) at \(start) is not in the context, which has \(scalars.count) characters",
                    key: column, value: .int(start), limit: .int(scalars.count))
            }
            let found = String(String.UnicodeScalarView(scalars.dropFirst(start).prefix(end - start)))
            guard found.unicodeScalars.elementsEqual(text.unicodeScalars) else {
                throw record.error(
                    """
                    the answer is \(JSONValue.string(text).short), but the context has \(JSONValue.string(found).short) at \(start), \
                    counted in characters from 0
                    """, key: column, value: .int(start))
            }
            return AnswerSpan(text: text, range: start..<end)
        }
    }

    private func span(_ answer: AnswerSpan?, _ window: Encoding, _ offsets: [Range<Int>]) -> TrainingExample.Target {
        let first = Int32(window.ids.firstIndex { $0 == text.tokenizer.specialTokens.classification } ?? 0)
        let none = TrainingExample.Target.span(start: first, end: first)
        guard let answer, var start = window.sequenceIDs.firstIndex(of: 1),
            var end = window.sequenceIDs.lastIndex(of: 1), offsets[start].lowerBound <= answer.range.lowerBound,
            offsets[end].upperBound >= answer.range.upperBound
        else { return none }
        let last = end
        while start <= last, offsets[start].lowerBound <= answer.range.lowerBound { start += 1 }
        while end >= 0, offsets[end].upperBound >= answer.range.upperBound { end -= 1 }
        return .span(start: Int32(start - 1), end: Int32(end + 1))
    }
}

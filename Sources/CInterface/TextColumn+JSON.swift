import BertCore
import BertJSON
import BertPipelines
import BertTokenizers

extension TextColumn {
    /// An element for each record: null where a text is missing.
    ///
    /// - Parameters:
    ///   - unit: how many texts are one record.
    ///   - emits: whether a record that fails has an object with `error`, and the others their results.
    ///   - check: whether the model may compute; asked for each piece.
    func json<Record, Output>(
        of call: PipelineCall<Record, Output>, unit: Int = 1, emits: Bool, check: () throws -> Void,
        record: (Int) throws -> Record, _ json: (Output) throws -> JSONValue
    ) throws -> [JSONValue] {
        var elements: [JSONValue] = []
        for piece in pieces(of: unit) {
            try undivided {
                try check()
                elements += try results(of: call, piece, endsAtFailure: !emits, unit: unit, record: record).map {
                    switch $0 {
                    case nil: return .null
                    case .success(let output): return try json(output)
                    case .failure(let error):
                        guard emits else { throw error }
                        return ["error": .object(error.json)]
                    }
                }
            }
        }
        return elements
    }

    /// A text, or a text with the one after it.
    func paired(_ index: Int, unit: Int) throws -> PairedText {
        PairedText(try text(index), pair: unit == 2 ? try text(index + 1) : nil)
    }

    /// How many texts are one record.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` if pairs are asked for and one has a single text.
    func unit(_ options: CallOptions) throws -> Int {
        guard try options.bool("pairs") ?? false else { return 1 }
        guard count.isMultiple(of: 2) else {
            throw BertError(
                .invalidArgument, "\(count) texts are no pairs", key: "pairs", value: .int(count))
        }
        return 2
    }
}

/// JSON text that C frees.
func answer(_ elements: [JSONValue]) -> UnsafeMutablePointer<CChar>? {
    undivided { copy(of: JSONValue.array(elements).serialized()) }
}

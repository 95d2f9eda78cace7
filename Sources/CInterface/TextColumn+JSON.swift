import BertCore
import BertJSON
import BertPipelines
import BertTokenizers

extension TextColumn {
    /// Returns an element for each record, which is null for missing texts.
    ///
    /// - Parameters:
    ///   - unit: The number of texts in a record.
    ///   - emits: Whether to return an object with `error` for failed records and continue with the others.
    ///   - check: Called for each piece; throws an error if the model can't be used.
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

    /// Returns a text, or a pair of consecutive texts.
    func paired(_ index: Int, unit: Int) throws -> PairedText {
        PairedText(try text(index), pair: unit == 2 ? try text(index + 1) : nil)
    }

    /// Returns the number of texts in a record.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` for pairs with an odd number of texts.
    func unit(_ options: CallOptions) throws -> Int {
        guard try options.bool("pairs") ?? false else { return 1 }
        guard count.isMultiple(of: 2) else {
            throw BertError(
                .invalidArgument, "\(count) texts can't be divided into pairs", key: "pairs", value: .int(count))
        }
        return 2
    }
}

/// Returns JSON that C must free.
func answer(_ elements: [JSONValue]) -> UnsafeMutablePointer<CChar>? {
    undivided { copy(of: JSONValue.array(elements).serialized()) }
}

import BertJSON

/// Something to compute that can be named in messages.
protocol PlacedRecord {
    /// Passed through to the result; nil if there was none.
    var id: JSONValue? { get }
    /// What to call it: `text 2`, `standard input, line 3`.
    var place: String { get }
}

extension TextRecord: PlacedRecord {}

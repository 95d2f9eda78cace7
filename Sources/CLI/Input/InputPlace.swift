import BertCore

/// The position of a record in an input.
struct InputPlace: Sendable, CustomStringConvertible {
    /// The name of the file or stream, or nil for the command line.
    let source: String?
    /// The unit of the position: `line`, `element`, `row` or `text`. It is nil if there is only one record.
    let unit: String?
    /// The number of the record. Lines are counted from 1, and other units from 0.
    let number: Int

    /// Returns the position of a line of a file.
    static func line(_ number: Int, of source: String) -> InputPlace {
        InputPlace(source: source, unit: "line", number: number)
    }

    /// Returns the position of the only record.
    static func only(_ name: String) -> InputPlace { InputPlace(source: name, unit: nil, number: 0) }

    /// Returns an error of the record at this position.
    ///
    /// - Parameter column: The column in the line.
    func error(
        _ message: String, key: String? = nil, column: Int? = nil, value: BertError.Value? = nil,
        limit: BertError.Value? = nil, choices: [String]? = nil, cause: (any Error)? = nil
    ) -> BertError {
        let isLine = unit == "line"
        return BertError(
            .invalidInput, message, record: isLine || unit == nil ? nil : number, of: isLine ? nil : unit, file: source,
            key: key, line: isLine ? number : nil, column: column, value: value, limit: limit, choices: choices,
            cause: cause)
    }

    /// A description such as `texts.csv, line 3`.
    var description: String {
        [source, unit.map { "\($0) \(number)" }].compactMap(\.self).joined(separator: ", ")
    }
}

extension BertError {
    /// Returns the error of a record with its position in the input.
    ///
    /// - Parameter index: The record's index among all records of the job.
    func placed(at place: InputPlace, index: Int) -> BertError {
        var error = self
        (error.record, error.recordKind) = (index, place.unit)
        error.file = place.source
        error.line = place.unit == "line" ? place.number : nil
        return error
    }
}

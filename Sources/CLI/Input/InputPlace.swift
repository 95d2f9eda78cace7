import BertCore

/// Where a record stands in an input.
struct InputPlace: Sendable, CustomStringConvertible {
    /// The file or stream; nil for what is on the command line.
    let source: String?
    /// What is counted: `line`, `element`, `row`, `text`; nil if there is only one.
    let unit: String?
    /// The number of the record: of a line from 1, of anything else from 0.
    let number: Int

    /// A line of a file.
    static func line(_ number: Int, of source: String) -> InputPlace {
        InputPlace(source: source, unit: "line", number: number)
    }

    /// The record that is all there is.
    static func only(_ name: String) -> InputPlace { InputPlace(source: name, unit: nil, number: 0) }

    /// For example `texts.csv, line 3`.
    var description: String {
        [source, unit.map { "\($0) \(number)" }].compactMap(\.self).joined(separator: ", ")
    }
}

extension BertError {
    /// The error of a record, with the place where it was read.
    ///
    /// - Parameter index: the record's index among all records of the job.
    func placed(at place: InputPlace, index: Int) -> BertError {
        var error = self
        (error.record, error.recordKind) = (index, place.unit)
        error.file = place.source
        error.line = place.unit == "line" ? place.number : nil
        return error
    }
}

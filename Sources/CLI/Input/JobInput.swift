import Bert
import BertJSON

/// The input of a job: records from the command line, a file, or standard input.
struct JobInput<Fields: RecordFields> {
    let records: [Fields.Record]
    /// The source that records are read from, or nil for records from the command line.
    let source: ByteSource?
    let format: InputFormat
    let fields: Fields
    /// Whether fields of a TSV table can be quoted.
    var isQuoted = false

    /// Returns a reader of all records.
    func reader() -> RecordReader<Fields> { RecordReader(source, format, fields, records: records, isQuoted: isQuoted) }

    /// Whether the input is a regular file that can be reopened.
    var isFile: Bool { source.map { $0.isNamed && $0.isRegular } ?? false }

    /// Returns the same input such that it can be read twice.
    func rereadable() throws -> JobInput {
        JobInput(
            records: records, source: try source?.rereadable(), format: format, fields: fields,
            isQuoted: isQuoted)
    }

    /// Returns facts that identify the input by its contents.
    ///
    /// - Throws: `BertError` if the input can't be read.
    func facts() throws -> JSONObject {
        var facts: JSONObject = ["format": .string(format.rawValue)]
        facts["quote"] = .bool(isQuoted)
        for column in fields.columns {
            if let option = column.option { facts[option] = .string(column.name) }
        }
        if let source, source.isRegular { facts["the input's contents"] = .string(try source.sha256()) }
        return facts
    }
}

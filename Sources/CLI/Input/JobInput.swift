import Bert
import BertJSON

/// What a job computes: records from the command line, or those of a file or of standard input.
struct JobInput<Fields: RecordFields> {
    let records: [Fields.Record]
    /// Where records are read; nil if they are on the command line.
    let source: ByteSource?
    let format: InputFormat
    let fields: Fields
    /// Whether fields of a TSV table may be quoted.
    var isQuoted = false

    /// A reader of all records.
    func reader() -> RecordReader<Fields> { RecordReader(source, format, fields, records: records, isQuoted: isQuoted) }

    /// Whether it is a file that is found again, all of which is there already.
    var isFile: Bool { source.map { $0.isNamed && $0.isRegular } ?? false }

    /// The same input, such that it can be read twice.
    func rereadable() throws -> JobInput {
        JobInput(
            records: records, source: try source?.rereadable(), format: format, fields: fields,
            isQuoted: isQuoted)
    }

    /// Identifies the input by what it holds.
    ///
    /// - Throws: `BertError` if it can't be read.
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

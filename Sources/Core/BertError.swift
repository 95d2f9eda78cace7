/// An error with a code for programs to branch on, a message for people, and details of the failure as fields.
///
/// A caller can add context to an error that it rethrows:
///
/// ```swift
/// throw BertError(.invalidConfiguration, "must be at least 1", key: "num_labels", value: 0, limit: 1)
/// …
/// try BertError.context(file: "bert/config.json") { try validate(config) }
/// // bert/config.json: num_labels: must be at least 1
/// ```
public struct BertError: Error, Sendable, CustomStringConvertible {
    /// The kind of the failure.
    public let code: Code
    /// What is wrong and how to fix it. The location is in the other fields. May be empty if there is a ``cause``.
    public let message: String
    /// The index of the failed record in the input, starting at 0.
    public var record: Int?
    /// The name of a record in ``description``, such as `text` or `question`; nil means `record`.
    public var recordKind: String?
    /// The path or name of the file or stream.
    public var file: String?
    /// The path of a key within the file, such as `label2id.positive`, or the name of a tensor, an option or a
    /// variable.
    public var key: String?
    /// The line in the file, starting at 1.
    public var line: Int?
    /// The column in the line, in Unicode scalars, starting at 1.
    public var column: Int?
    /// The rejected value.
    public var value: Value?
    /// The bound that the value violates.
    public var limit: Value?
    /// The values that are accepted instead, such as the names of all options or files, if there are only a few.
    public var choices: [String]?
    /// The underlying error.
    public let cause: (any Error)?

    /// Creates an error with the fields that are known where it is thrown.
    public init(
        _ code: Code, _ message: String, record: Int? = nil, of recordKind: String? = nil, file: String? = nil,
        key: String? = nil, line: Int? = nil, column: Int? = nil, value: Value? = nil, limit: Value? = nil,
        choices: [String]? = nil, cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.record = record
        self.recordKind = recordKind
        self.file = file
        self.key = key
        self.line = line
        self.column = column
        self.value = value
        self.limit = limit
        self.choices = choices
        self.cause = cause
    }

    /// A single line of the form `file, line 3, column 7: key: message: cause`, without the parts that are missing.
    ///
    /// The record (`text 4: …`) is included only if there is no line.
    public var description: String {
        let parts = [place, key, message, cause.map { "\($0)" }]
        return parts.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: ": ")
    }

    private var place: String {
        var parts: [String] = []
        if let file { parts.append(file) }
        if let line {
            parts.append("line \(line)")
            if let column { parts.append("column \(column)") }
        } else if let record {
            parts.append("\(recordKind ?? "record") \(record)")
        }
        return parts.joined(separator: ", ")
    }
}

extension BertError {
    /// Returns a copy of the error with additional fields.
    ///
    /// Only fields that are nil are set: whoever threw the error knew the location best.
    public func adding(
        record: Int? = nil, of recordKind: String? = nil, file: String? = nil, key: String? = nil, line: Int? = nil,
        column: Int? = nil
    ) -> BertError {
        var error = self
        if error.record == nil { (error.record, error.recordKind) = (record, recordKind ?? error.recordKind) }
        error.file = error.file ?? file
        error.key = error.key ?? key
        error.line = error.line ?? line
        error.column = error.column ?? column
        return error
    }

    /// Runs `body` and adds fields to any error that it throws.
    ///
    /// - Parameters:
    ///   - code: The code for errors of other types, which become the ``cause``.
    ///   - record: The index of the record that `body` processes.
    ///   - recordKind: The name of a record, such as `text` or `question`.
    ///   - file: The file that `body` reads or writes.
    ///   - key: The key, tensor, option or variable that `body` processes.
    ///   - line: The line, starting at 1.
    ///   - column: The column, starting at 1.
    ///   - body: The work to run.
    /// - Throws: `BertError`. `CancellationError` and ``BackendUnavailableError`` are rethrown unchanged.
    public static func context<Result>(
        _ code: Code = .invalidInput, record: Int? = nil, of recordKind: String? = nil, file: String? = nil,
        key: String? = nil, line: Int? = nil, column: Int? = nil, _ body: () throws -> Result
    ) throws -> Result {
        do { return try body() } catch let error as BertError {
            throw error.adding(record: record, of: recordKind, file: file, key: key, line: line, column: column)
        } catch let error where error is CancellationError || error is BackendUnavailableError {
            throw error
        } catch {
            throw BertError(
                code, "", record: record, of: recordKind, file: file, key: key, line: line, column: column, cause: error
            )
        }
    }
}

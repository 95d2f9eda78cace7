/// What went wrong: a code for programs to branch on, a message for people, and the facts of the failure as fields.
///
/// A function that knows more about a failure than the one that threw it adds what it knows:
///
/// ```swift
/// throw BertError(.invalidConfiguration, "must be at least 1", key: "num_labels", value: 0, limit: 1)
/// …
/// try BertError.context(file: "bert/config.json") { try validate(config) }
/// // bert/config.json: num_labels: must be at least 1
/// ```
public struct BertError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public let code: Code
    /// What is wrong and how to fix it, without the place, which is in the fields. May be empty if there is a ``cause``.
    public let message: String
    /// The index of the failed record among those that were passed in, counted from 0.
    public var record: Int?
    /// What one record is called in ``description``: `text`, `question`; nil is `record`.
    public var recordKind: String?
    /// The path or name of the file or stream.
    public var file: String?
    /// The path of a key within the file, as `label2id.positive`, or the name of a tensor, an option or a variable.
    public var key: String?
    /// The line in the file, counted from 1.
    public var line: Int?
    /// The column in the line, in Unicode scalars, counted from 1.
    public var column: Int?
    /// The value that was refused.
    public var value: Value?
    /// The bound that the value violates.
    public var limit: Value?
    /// The underlying error.
    public let cause: (any Error)?

    /// Makes an error; pass the fields that are known where it is thrown.
    public init(
        _ code: Code, _ message: String, record: Int? = nil, of recordKind: String? = nil, file: String? = nil,
        key: String? = nil, line: Int? = nil, column: Int? = nil, value: Value? = nil, limit: Value? = nil,
        cause: (any Error)? = nil
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
        self.cause = cause
    }

    /// One line: `file, line 3, column 7: key: message: cause`, without the parts that are missing.
    ///
    /// A record is shown only if there is no line: `text 4: …`.
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
    /// The same error with a message and a place that say more: only fields that are still nil change, because whoever
    /// threw the error knew the place better.
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

    /// Runs `body` and adds fields to the error it throws.
    ///
    /// - Parameters:
    ///   - code: the code for an error of another type, which becomes the ``cause``.
    ///   - record: the index of the record that `body` is about.
    ///   - recordKind: what records are: `text`, `question`.
    ///   - file: the file that `body` reads or writes.
    ///   - key: the key, tensor, option or variable that `body` is about.
    ///   - line: the line, from 1.
    ///   - column: the column, from 1.
    ///   - body: the work.
    /// - Throws: `BertError`; `CancellationError` and ``BackendUnavailableError`` as they are.
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

package import BertCore
package import Testing

/// Expects that `body` throws a `BertError` with the given code and fields. Fields that are nil aren't compared.
///
/// - Returns: The error, or nil if there is none.
@discardableResult
package func expectError<Result>(
    _ code: BertError.Code, record: Int? = nil, of recordKind: String? = nil, file: String? = nil, key: String? = nil,
    line: Int? = nil, column: Int? = nil, value: BertError.Value? = nil, limit: BertError.Value? = nil,
    choices: [String]? = nil, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Result
) -> BertError? {
    let error = #expect(throws: BertError.self, sourceLocation: sourceLocation) { _ = try body() }
    error?.expect(
        code, record: record, of: recordKind, file: file, key: key, line: line, column: column, value: value,
        limit: limit, choices: choices, sourceLocation: sourceLocation)
    return error
}

/// Expects that `body` throws a `BertError` with the code and fields of `expected`. Fields that are nil there aren't
/// compared.
@discardableResult
package func expectError<Result>(
    _ expected: BertError, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Result
) -> BertError? {
    let error = #expect(throws: BertError.self, sourceLocation: sourceLocation) { _ = try body() }
    error?.expect(expected, sourceLocation: sourceLocation)
    return error
}

extension BertError {
    /// Expects the code and fields of another error. Fields that are nil there aren't compared.
    package func expect(_ expected: BertError, sourceLocation: SourceLocation = #_sourceLocation) {
        expect(
            expected.code, record: expected.record, of: expected.recordKind, file: expected.file, key: expected.key,
            line: expected.line, column: expected.column, value: expected.value, limit: expected.limit,
            choices: expected.choices, sourceLocation: sourceLocation)
    }

    /// Expects the given code and fields. Fields that are nil aren't compared.
    package func expect(
        _ code: Code, record: Int? = nil, of recordKind: String? = nil, file: String? = nil, key: String? = nil,
        line: Int? = nil, column: Int? = nil, value: Value? = nil, limit: Value? = nil, choices: [String]? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        func expect<Field: Equatable>(_ name: String, _ field: Field?, _ expected: Field?) {
            guard let expected, field != expected else { return }
            let found = field.map { "\($0)" } ?? "nil"
            Issue.record("\(name) is \(found) instead of \(expected): \(self)", sourceLocation: sourceLocation)
        }
        expect("code", self.code, code)
        expect("record", self.record, record)
        expect("recordKind", self.recordKind, recordKind)
        expect("file", self.file, file)
        expect("key", self.key, key)
        expect("line", self.line, line)
        expect("column", self.column, column)
        expect("value", self.value, value)
        expect("limit", self.limit, limit)
        expect("choices", self.choices, choices)
        if message.isEmpty, cause == nil {
            Issue.record("the error has no message: \(self)", sourceLocation: sourceLocation)
        }
    }
}

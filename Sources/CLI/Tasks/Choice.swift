import ArgumentParser

/// Reads the name of one of a type's values, however its letters are cased.
///
/// - Throws: `ValidationError` that lists the names.
@Sendable func choice<Value: RawRepresentable<String> & CaseIterable>(_ text: String) throws -> Value {
    guard let value = Value(rawValue: text.lowercased()) else {
        throw ValidationError("it takes \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return value
}

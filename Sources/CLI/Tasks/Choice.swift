import ArgumentParser

/// Parses the name of an enumeration's case. Ignores case.
///
/// - Throws: `ValidationError` that lists the names.
@Sendable func choice<Value: RawRepresentable<String> & CaseIterable>(_ text: String) throws -> Value {
    guard let value = Value(rawValue: text.lowercased()) else {
        throw ValidationError("it must be one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return value
}

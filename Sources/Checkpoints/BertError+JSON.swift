package import BertCore
package import BertJSON

extension BertError {
    /// Creates the error of a JSON text, with its location and path.
    ///
    /// - Parameter file: The file, if the error doesn't have one.
    package init(_ code: Code, _ error: JSONError, file: String? = nil) {
        self.init(
            code, error.reason, file: error.source ?? file, key: error.path.isEmpty ? nil : error.path,
            line: error.location?.line, column: error.location?.column)
    }
}

extension BertError.Value {
    /// Creates a field from a number or string; nil for other values.
    package init?(_ json: JSONValue) {
        if let value = json.intValue {
            self = .int(value)
        } else if let value = json.doubleValue {
            self = .double(value)
        } else if let value = json.stringValue {
            self = .string(value)
        } else {
            return nil
        }
    }
}

import BertJSON

enum JSONFuzzing {
    /// Checks that a serialized value is parsed to the same value.
    static func value(_ bytes: [UInt8]) throws {
        for options in [JSONParseOptions(), .python] {
            let value: JSONValue
            do { value = try JSONValue(parsing: bytes, options: options) } catch {
                promise(error.location != nil || error.code == .invalidUTF8, "an error without a place: \(error)")
                continue
            }
            let written = value.serializedBytes()
            guard let again = try? JSONValue(parsing: written, options: .python) else {
                fatalError("not JSON: \(String(decoding: written, as: UTF8.self))")
            }
            promise(again.serializedBytes() == written, "another value: \(String(decoding: written, as: UTF8.self))")
        }
    }
}

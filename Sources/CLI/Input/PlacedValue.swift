import BertCore
import BertJSON

/// A value of an input of any format, with its position.
struct PlacedValue {
    /// The position, such as `texts.csv, line 3`.
    let place: InputPlace
    /// A string, an object, or the error.
    let value: Result<JSONValue, BertError>
    /// The size of the value in the input, in bytes.
    let byteCount: Int

    /// - Parameter value: A closure that returns the value or throws its error.
    init(_ place: InputPlace, byteCount: Int, _ value: () throws -> JSONValue) {
        self.place = place
        self.byteCount = byteCount
        do { self.value = .success(try value()) } catch let error as BertError { self.value = .failure(error) } catch {
            self.value = .failure(place.error("", cause: error))
        }
    }
}

/// A type that splits the bytes of an input into values in constant memory.
protocol ValueSplitter {
    /// Returns the values that are completed by these bytes.
    ///
    /// - Throws: `BertError` if the rest of the input can't be read.
    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [PlacedValue]
    /// Returns the last value if it isn't terminated.
    mutating func finish() throws -> [PlacedValue]
}

/// The maximum size of a value in bytes.
let valueSizeLimit = 64 << 20

/// Returns bytes as a string.
///
/// - Throws: `BertError` that names the position if the bytes aren't valid UTF-8.
func text(_ bytes: ArraySlice<UInt8>, at place: InputPlace) throws -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
        throw place.error("not UTF-8")
    }
    return text
}

extension JSONValue {
    /// Parses a JSON text. Like in Python, numbers can be `NaN` and `Infinity`.
    ///
    /// - Parameter failure: A closure that returns the error of invalid JSON.
    /// - Throws: `BertError` with code `invalidInput`.
    init(_ bytes: [UInt8], _ failure: (JSONError) -> BertError) throws {
        do { self = try JSONValue(parsing: bytes, options: .python) } catch { throw failure(error) }
    }
}

import BertCore
import BertJSON

/// One value of an input of any format, with its position.
struct PlacedValue {
    /// What to call the place: `texts.csv, line 3`.
    let place: InputPlace
    /// A string or an object, or the error.
    let value: Result<JSONValue, BertError>
    /// How much of the input it is.
    let byteCount: Int

    /// - Parameter value: gives the value, or throws its error.
    init(_ place: InputPlace, byteCount: Int, _ value: () throws -> JSONValue) {
        self.place = place
        self.byteCount = byteCount
        do { self.value = .success(try value()) } catch let error as BertError { self.value = .failure(error) } catch {
            self.value = .failure(BertError(.invalidInput, "\(place)", cause: error))
        }
    }
}

/// Cuts the bytes of an input into values, in constant memory.
protocol ValueSplitter {
    /// The values that are complete with these bytes.
    ///
    /// - Throws: `BertError` if nothing can be read from here on.
    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [PlacedValue]
    /// The last value, if it has no end.
    mutating func finish() throws -> [PlacedValue]
}

/// The maximum size of a value in bytes.
let valueSizeLimit = 64 << 20

/// The text of some bytes.
///
/// - Throws: `BertError` that names the place if they are not UTF-8.
func text(_ bytes: ArraySlice<UInt8>, at place: InputPlace) throws -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
        throw BertError(.invalidInput, "\(place): not UTF-8")
    }
    return text
}

extension JSONValue {
    /// Parses one JSON text, in which numbers may be `NaN` and `Infinity`, as Python writes them.
    ///
    /// - Parameter words: what is said of a text that is none.
    /// - Throws: `BertError` with code `invalidInput`.
    init(_ bytes: [UInt8], _ words: (JSONError) -> String) throws {
        do { self = try JSONValue(parsing: bytes, options: .python) } catch {
            throw BertError(.invalidInput, words(error))
        }
    }
}

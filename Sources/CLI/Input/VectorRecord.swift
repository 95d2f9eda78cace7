import BertCore
import BertJSON

/// A precomputed vector.
struct VectorRecord: PlacedRecord {
    let vector: [Float]
    var id: JSONValue?
    let place: InputPlace
}

/// The names of the parts of a vector in the output of `bert embed`.
struct VectorFields: RecordFields {
    let kind = "an object with \"embedding\", as written by bert embed"
    let columns: [Column] = []

    func record(_ value: JSONValue, at place: InputPlace) throws -> VectorRecord {
        guard let numbers = value["embedding"]?.arrayValue else {
            throw BertError(.invalidInput, "\(place): not \(kind)")
        }
        let vector = try numbers.map { number in
            guard let value = number.doubleValue, value.isFinite else {
                throw BertError(
                    .invalidInput, "\(place): \"embedding\" contains an element that is not a finite number")
            }
            return Float(value)
        }
        return VectorRecord(vector: vector, id: try value.objectValue?.id("id", at: place), place: place)
    }
}

import Bert
import BertCore
import BertJSON

/// A precomputed vector.
struct VectorRecord<Vector: Sendable>: PlacedRecord {
    let vector: Vector
    var id: JSONValue?
    let place: InputPlace
}

/// The members of a vector in the output of `bert embed`.
struct VectorFields<Vector: Sendable>: RecordFields {
    /// The name of the member with the vector.
    let member: String
    let columns: [Column] = []
    private let vector: @Sendable (JSONValue) throws -> Vector

    var kind: String { "an object with \"\(member)\", as written by bert embed" }

    func record(_ value: JSONValue, at place: InputPlace) throws -> VectorRecord<Vector> {
        guard let member = value[member] else { throw place.error("not \(kind)", key: self.member) }
        do {
            return VectorRecord(
                vector: try vector(member), id: try value.objectValue?.id("id", at: place), place: place)
        } catch let error as BertError {
            throw place.error(error.message, key: self.member, value: error.value, limit: error.limit)
        }
    }

    fileprivate static func floats(_ value: JSONValue) throws -> [Float] {
        guard let numbers = value.arrayValue else { throw BertError(.invalidInput, "not an array of numbers") }
        return try numbers.map { number in
            guard let value = number.doubleValue, value.isFinite else {
                throw BertError(.invalidInput, "contains an element that is not a finite number")
            }
            return Float(value)
        }
    }
}

extension VectorFields<[Float]> {
    /// `"embedding": […]`
    static var dense: VectorFields { VectorFields(member: "embedding") { try floats($0) } }
}

extension VectorFields<SparseVector> {
    /// `"sparse": [{"index": …, "value": …}, …]`
    static var sparse: VectorFields {
        VectorFields(member: "sparse") { value in
            guard let components = value.arrayValue else {
                throw BertError(.invalidInput, "not an array of components")
            }
            var (indices, values): ([Int32], [Float]) = ([], [])
            for component in components {
                guard let index = component["index"]?.intValue, let index = Int32(exactly: index),
                    let value = component["value"]?.doubleValue
                else { throw BertError(.invalidInput, "a component is not an object with \"index\" and \"value\"") }
                indices.append(index)
                values.append(Float(value))
            }
            return try SparseVector(indices: indices, values: values)
        }
    }
}

extension VectorFields<[[Float]]> {
    /// `"vectors": [[…], …]`
    static var tokens: VectorFields {
        VectorFields(member: "vectors") { value in
            guard let vectors = value.arrayValue else { throw BertError(.invalidInput, "not an array of vectors") }
            return try vectors.map(floats)
        }
    }
}

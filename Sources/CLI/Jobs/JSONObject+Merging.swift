import BertJSON

extension JSONObject {
    /// The members of both; of two with one name the other's counts.
    func merging(_ other: JSONObject) -> JSONObject { JSONObject(map { $0 } + other.map { $0 }) }
}

import BertJSON

extension JSONObject {
    /// Returns the members of both objects. If both have a member, the other object's is used.
    func merging(_ other: JSONObject) -> JSONObject { JSONObject(map { $0 } + other.map { $0 }) }
}

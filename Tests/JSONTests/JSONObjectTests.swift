import BertJSON
import Testing

@Suite struct JSONObjectTests {
    @Test(arguments: [0, 1, 7, 8, 9, 15, 16, 17, 1000])
    func `Members keep their order and are found by name`(count: Int) throws {
        let text = "{" + (0..<count).map { "\"k\($0 * 7919 % 1009)\":\($0)" }.joined(separator: ",") + "}"
        let object = try #require(JSONValue(parsing: text).objectValue)
        #expect(object.count == count)
        #expect(object.map(\.value.intValue) == Array(0..<count))
        for (position, key) in object.keys.enumerated() {
            #expect(object[key]?.intValue == position)
            #expect(object.position(of: key) == position)
        }
        #expect(object["missing"] == nil)
    }

    @Test func `A large object refuses a duplicate`() {
        let members = (0..<500).map { "\"k\($0)\":0" } + ["\"k250\":1"]
        let error = #expect(throws: JSONError.self) {
            try JSONValue(parsing: "{" + members.joined(separator: ",") + "}")
        }
        #expect(error?.code == .duplicateKey)
        #expect(error?.path == "k250")
    }

    @Test func `Names that only Unicode takes for one are two`() throws {
        let value = try JSONValue(parsing: #"{"\u00e9":1,"e\u0301":2}"#)
        #expect(value["\u{e9}"] == 1)
        #expect(value["e\u{301}"] == 2)
        #expect(JSONValue.string("\u{e9}") != .string("e\u{301}"))
    }

    @Test(arguments: [3, 9, 40]) func `Members can be set and removed`(count: Int) {
        var object = JSONObject((0..<count).map { ("k\($0)", .int($0)) })
        object["k1"] = "new"
        object["k0"] = nil
        object["added"] = true
        object["missing"] = nil
        #expect(object.keys == (1..<count).map { "k\($0)" } + ["added"])
        #expect(object["k1"] == "new")
        #expect(object["k0"] == nil)
        #expect(object["added"] == true)
        for key in object.keys { object[key] = nil }
        #expect(object.isEmpty)
    }

    @Test func `Objects are equal whatever the order of their members`() {
        #expect(["a": 1, "b": 2] as JSONValue == ["b": 2, "a": 1])
        #expect(["a": 1, "b": 2] as JSONValue != ["b": 2, "c": 1])
        #expect(["a": 1] as JSONValue != ["a": 1, "b": 2])
        #expect(["a": 1] as JSONValue != ["a": 1.0])
    }
}

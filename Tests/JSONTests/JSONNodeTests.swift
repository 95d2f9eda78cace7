import BertJSON
import Testing

@Suite struct JSONNodeTests {
    static let text =
        #"{"hidden_size":"abc","eps":1e-12,"heads":12,"half":1.0,"big":99999999999999999999,"none":null,"a b":[{"id":7},true],"deep":{"x":{}}}"#

    @Test func `Values of the right type are given`() throws {
        let root = try JSONNode(parsing: Array(Self.text.utf8), source: "config.json")
        #expect(try root.required("heads").int() == 12)
        #expect(try root.required("heads").double() == 12)
        #expect(try root.required("eps").double() == 1e-12)
        #expect(try root.required("hidden_size").string() == "abc")
        #expect(try root.required("a b").elements()[1].bool())
        #expect(try root.required("a b").elements()[0].required("id").int(in: 0...7) == 7)
        #expect(try root.members().map(\.key).last == "deep")
        #expect(root["none"] == nil)
        #expect(root["missing"] == nil)
        #expect(root["hidden_size"]?["x"] == nil)
    }

    typealias Read = @Sendable (JSONNode) throws -> Void
    static let mistakes: [(path: String, code: JSONError.Code, read: Read)] = [
        ("hidden_size", .typeMismatch, { _ = try $0.required("hidden_size").int() }),
        ("half", .typeMismatch, { _ = try $0.required("half").int() }),
        ("eps", .typeMismatch, { _ = try $0.required("eps").int() }),
        ("big", .numberOutOfRange, { _ = try $0.required("big").int() }),
        ("heads", .numberOutOfRange, { _ = try $0.required("heads").int(in: 0...11) }),
        ("heads", .numberOutOfRange, { _ = try $0.required("heads").int(in: 13...Int.max) }),
        ("none", .missingKey, { _ = try $0.required("none") }),
        ("missing", .missingKey, { _ = try $0.required("missing") }),
        ("deep.x.y", .missingKey, { _ = try $0.required("deep").required("x").required("y") }),
        ("deep", .typeMismatch, { _ = try $0.required("deep").double() }),
        ("[\"a b\"][0].id", .typeMismatch, { _ = try $0.required("a b").elements()[0].required("id").string() }),
        ("[\"a b\"]", .typeMismatch, { _ = try $0.required("a b").bool() }),
        ("heads", .typeMismatch, { _ = try $0.required("heads").required("x") }),
        ("deep", .typeMismatch, { _ = try $0.required("deep").elements() }),
        ("", .typeMismatch, { _ = try $0.elements() }),
    ]

    @Test(arguments: mistakes.indices) func `A value of another type is an error that names file and path`(index: Int)
        throws
    {
        let root = try JSONNode(parsing: Array(Self.text.utf8), source: "config.json")
        let (path, code, read) = Self.mistakes[index]
        let error = #expect(throws: JSONError.self) { try read(root) }
        #expect(error?.source == "config.json")
        #expect(error?.path == path)
        #expect(error?.code == code)
    }
}

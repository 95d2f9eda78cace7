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
    static let mistakes: [(String, Read)] = [
        ("config.json: hidden_size: expected an integer, found \"abc\"", { _ = try $0.required("hidden_size").int() }),
        ("config.json: half: expected an integer, found 1.0", { _ = try $0.required("half").int() }),
        ("config.json: eps: expected an integer, found 1e-12", { _ = try $0.required("eps").int() }),
        (
            "config.json: big: expected an integer of 64 bits, found 99999999999999999999",
            { _ = try $0.required("big").int() }
        ),
        (
            "config.json: heads: expected an integer from 0 to 11, found 12",
            { _ = try $0.required("heads").int(in: 0...11) }
        ),
        (
            "config.json: heads: expected an integer of at least 13, found 12",
            { _ = try $0.required("heads").int(in: 13...Int.max) }
        ),
        ("config.json: none: is null", { _ = try $0.required("none") }),
        ("config.json: missing: is missing", { _ = try $0.required("missing") }),
        ("config.json: deep.x.y: is missing", { _ = try $0.required("deep").required("x").required("y") }),
        ("config.json: deep: expected a number, found an object", { _ = try $0.required("deep").double() }),
        (
            "config.json: [\"a b\"][0].id: expected a string, found 7",
            { _ = try $0.required("a b").elements()[0].required("id").string() }
        ),
        (
            "config.json: [\"a b\"]: expected true or false, found an array of 2 values",
            { _ = try $0.required("a b").bool() }
        ),
        ("config.json: heads: expected an object, found 12", { _ = try $0.required("heads").required("x") }),
        ("config.json: deep: expected an array, found an object", { _ = try $0.required("deep").elements() }),
        ("config.json: expected an array, found an object", { _ = try $0.elements() }),
    ]

    @Test(arguments: mistakes.indices) func `A value of another type is an error that names file and path`(index: Int)
        throws
    {
        let root = try JSONNode(parsing: Array(Self.text.utf8), source: "config.json")
        let (message, read) = Self.mistakes[index]
        let error = #expect(throws: JSONError.self) { try read(root) }
        #expect(error?.description == message)
    }
}

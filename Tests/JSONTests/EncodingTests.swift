import BertJSON
import Testing

@Suite struct EncodingTests {
    private struct Inner: Encodable {
        var name: String?
        let numbers: [Int]
    }

    private struct Outer: Encodable {
        let z = true
        let a = 1.5
        let float: Float = 0.1
        let inner: Inner
        let nothing: Int? = nil
        let vector: [Float] = [0.1, 2]
        let bytes: [UInt8] = [1, 255]
        let large = UInt64.max
        let table: [String: Int] = ["x": 4]
    }

    private enum Either: Encodable {
        case text(String)
        case list([[Double]])

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .list(let list): try container.encode(list)
            }
        }
    }

    private struct Nested: Encodable {
        enum Key: String, CodingKey { case outer, list, inner }

        func encode(to encoder: any Encoder) throws {
            var members = encoder.container(keyedBy: Key.self)
            var inner = members.nestedContainer(keyedBy: Key.self, forKey: .outer)
            try inner.encode(1, forKey: .inner)
            try inner.encodeNil(forKey: .list)
            var list = members.nestedUnkeyedContainer(forKey: .list)
            try list.encode("a")
            try list.encodeNil()
            var deep = list.nestedUnkeyedContainer()
            try deep.encode(2)
            #expect(list.count == 3)
        }
    }

    @Test func `Members keep their order, floats their digits, nil is left out`() throws {
        let json = try JSONValue(encoding: Outer(inner: Inner(name: "n", numbers: [])))
        #expect(
            json.serialized() == #"""
                {"z":true,"a":1.5,"float":0.1,"inner":{"name":"n","numbers":[]},"vector":[0.1,2.0],"bytes":[1,255],\#
                "large":18446744073709551615,"table":{"x":4}}
                """#)
    }

    @Test(arguments: [
        (Either.text("a\"b"), #""a\"b""#), (.list([[1, 2], []]), "[[1.0,2.0],[]]"), (.list([]), "[]"),
    ])
    private func `A value may be anything`(value: Either, text: String) throws {
        #expect(try JSONValue(encoding: value).serialized() == text)
        #expect(try JSONValue(encoding: [value]).serialized() == "[\(text)]")
    }

    @Test func `Containers nest`() throws {
        #expect(
            try JSONValue(encoding: Nested()).serialized()
                == #"{"outer":{"inner":1,"list":null},"list":["a",null,[2]]}"#)
        #expect(try JSONValue(encoding: Optional<Int>.none).isNull)
    }

    @Test func `An integer beyond 64 bits is an error with its path`() throws {
        let error = try #require(throws: JSONError.self) { try JSONValue(encoding: ["a": [Int128.max]]) }
        #expect(error.code == .numberOutOfRange)
        #expect(error.path == "a")
    }
}

import BertJSON
import Testing

@Suite struct JSONWriterTests {
    static let written: [(JSONValue, String)] = [
        (JSONValue.null, "null"),
        ([true, false, nil], "[true,false,null]"),
        ([], "[]"),
        ([:], "{}"),
        (
            ["b": 1, "a": [1.0, -2, 1e-12, 0.1, .double(.leastNonzeroMagnitude), 1e22]],
            #"{"b":1,"a":[1.0,-2,1e-12,0.1,5e-324,1e+22]}"#
        ),
        (.float(0.1), "0.1"),
        (.double(-0.0), "-0.0"),
        (.number(.uint(.max)), "18446744073709551615"),
        (.number(.bigInteger("123456789012345678901234567890")), "123456789012345678901234567890"),
        ([.double(.nan), .double(.infinity), .float(-.infinity)], "[null,null,null]"),
        ("\"\\/\n\r\t\u{1}\u{1f}\u{7f}é😀", "\"\\\"\\\\/\\n\\r\\t\\u0001\\u001f\u{7f}é😀\""),
    ]

    @Test(arguments: written)
    func `A value is written on one line and reads back`(value: JSONValue, text: String) throws {
        #expect(value.serialized() == text)
        let again = try JSONValue(parsing: text)
        #expect(again.serialized() == text)
    }

    @Test func `Pretty text has one member a line`() {
        let value: JSONValue = ["b": [1, [:], []], "a": ["z": nil, "y": "x"]]
        #expect(
            value.serialized(pretty: true) == """
                {
                  "b": [
                    1,
                    {},
                    []
                  ],
                  "a": {
                    "z": null,
                    "y": "x"
                  }
                }
                """)
        #expect(value.serialized(sortedKeys: true) == #"{"a":{"y":"x","z":null},"b":[1,{},[]]}"#)
    }

    @Test func `Python's names for what is not finite are written when they are asked for`() throws {
        var options = JSONWriteOptions()
        options.nonFinite = .python
        let value: JSONValue = [.double(.nan), .double(.infinity), .float(-.infinity)]
        let bytes = value.serializedBytes(options)
        #expect(String(decoding: bytes, as: UTF8.self) == "[NaN,Infinity,-Infinity]")
        _ = try JSONValue(parsing: bytes, options: .python)
    }

    @Test func `Doubles survive the way there and back`() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            #expect(try JSONValue(parsing: JSONValue.double(value).serialized()) == .double(value))
        }
    }
}

import BertJSON
import Testing

/// Tests each production of RFC 8259 with valid texts, and with almost valid ones.
@Suite struct JSONConformanceTests {
    /// A production of the grammar with its name in the RFC.
    struct Production: Sendable, CustomTestStringConvertible {
        let name: String
        let valid: [String]
        let invalid: [String]
        var testDescription: String { name }
    }

    static let productions = [
        Production(
            name: "JSON-text = ws value ws (section 2)",
            valid: ["0", "\"\"", "null", "true", "false", "[]", "{}", " 1 ", "\n\t\r 1\r\n\t ", "-0"],
            invalid: [
                "", " ", "1 2", "[] []", "{}{}", "null,", ",", "[],", "#", "// a\n1", "/* a */ 1", "1 // a", "\u{a0}1",
                "\u{2028}1", "\u{c}1", "\u{b}1", "\u{feff}1", "*", "'a'", "a", "]", "}", ":",
            ]),
        Production(
            name: "literal names (section 3)", valid: ["[true,false,null]"],
            invalid: [
                "True", "FALSE", "Null", "nul", "tru", "fals", "nulll", "truee", "true1", "undefined", "NaN",
                "Infinity",
                "-Infinity", "nan", "inf", "None", "t", "n", "f", "[nul]", "{\"a\":tru}",
            ]),
        Production(
            name: "object (section 4)",
            valid: [
                "{}", "{ }", "{\"\":0}", "{\"a\":1}", "{ \"a\" : 1 , \"b\" : 2 }", "{\"a\":{\"a\":{}}}",
                "{\"\\u0000\":1}", "{\"a\":[]}", "{\n\"a\"\n:\n1\n}",
            ],
            invalid: [
                "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{,\"a\":1}",
                "{\"a\":1,,\"b\":2}",
                "{\"a\" 1}", "{\"a\"::1}", "{\"a\":}", "{:1}", "{a:1}", "{'a':1}", "{1:1}", "{null:1}", "{[]:1}",
                "{\"a\":1 \"b\":2}", "{\"a\":1;\"b\":2}", "{\"a\"=1}", "{\"a\":1]", "{\"a\"}", "{\"a\",1}", "{}}",
                "{\"a\":1 2}",
            ]),
        Production(
            name: "array (section 5)",
            valid: ["[]", "[ ]", "[1]", "[ 1 , 2 ]", "[[],[[]]]", "[\"\",{},null]", "[\n1\n,\n2\n]"],
            invalid: [
                "[", "[1", "[1,", "[1,]", "[,]", "[,1]", "[1,,2]", "[1 2]", "[1;2]", "[1:2]", "[1}", "[1]]", "[\"a\"",
                "[\"a\",", "[*]", "[[]", "[]]", "[1,\n", "[\"a\":1]",
            ]),
        Production(
            name: "number = [minus] int [frac] [exp] (section 6)",
            valid: [
                "0", "-0", "1", "-1", "10", "9007199254740993", "0.0", "-0.0", "0.5", "1.25", "1e5", "1E5", "1e+5",
                "1e-5",
                "1E+5", "0e0", "0E-0", "1.5e3", "-1.5E-3", "1e00", "0.00000001", "1e0005", "[1,-1]",
            ],
            invalid: [
                "+1", "01", "-01", "00", "-", "--1", "+", "1.", ".5", "-.5", "1.e5", "1e", "1e+", "1e-", "1E", "e5",
                "1e5.0",
                "1.2.3", "1,5", "1_000", "0x10", "0b1", "1f", "1L", "1 000", "1e 5", "- 1", "1.5e", "0.e1", "\u{ff11}",
                "1\u{0660}", "[1.]", "[-]", "[1ea]", "[0e]", "[-2.]", "12a", "1-1", "1+1",
            ]),
        Production(
            name: "string = quotation-mark *char quotation-mark (section 7)",
            valid: [
                "\"\"", "\" \"", "\"a\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0041\"", "\"\\uABCD\\uabcd\"",
                "\"/\"",
                "\"\\u0000\"", "\"\\ud834\\udd1e\"", "\"\\uD834\\uDD1E\"", "\"\u{e9}\"", "\"\u{1d11e}\"", "\"\u{7f}\"",
                "\"\u{2028}\u{2029}\"", "\"\u{feff}\"", "\"\u{ffff}\"", "\"\\\\u0041\"", "\"'\"", "\"#\"",
            ],
            invalid: [
                "\"", "\"a", "a\"", "\"\\\"", "\"\\a\"", "\"\\v\"", "\"\\0\"", "\"\\'\"", "\"\\x41\"", "\"\\U0041\"",
                "\"\\u\"",
                "\"\\u1\"", "\"\\u12\"", "\"\\u123\"", "\"\\u123g\"", "\"\\u 123\"", "\"\\u+123\"", "\"\\u-123\"",
                "\"\n\"",
                "\"\r\"", "\"\t\"", "\"\u{0}\"", "\"\u{1}\"", "\"\u{1f}\"", "\"\\\n\"", "\"\\", "\"\\\u{e9}\"",
                "\"a\"b\"",
                // Unpaired surrogates are invalid.
                "\"\\ud834\"", "\"\\udd1e\"", "\"\\ud834a\"", "\"\\ud834\\n\"", "\"\\ud834\\u0041\"",
                "\"\\ud834\\ud834\"",
                "\"\\udd1e\\ud834\"",
            ]),
    ]

    @Test(arguments: productions)
    func `What the grammar has is accepted`(production: Production) {
        for text in production.valid {
            #expect(throws: Never.self, "\(text.debugDescription)") { try JSONValue(parsing: text) }
        }
    }

    @Test(arguments: productions)
    func `What it doesn't have is refused with a place`(production: Production) {
        for text in production.invalid {
            #expect(throws: JSONError.self, "\(text.debugDescription)") { try JSONValue(parsing: text) }
        }
    }

    @Test(arguments: productions)
    func `What was accepted is written so that it reads back as the same`(production: Production) throws {
        for text in production.valid {
            let value = try JSONValue(parsing: text)
            #expect(try JSONValue(parsing: value.serialized()) == value, "\(text.debugDescription)")
        }
    }

    @Test(arguments: productions)
    func `Every text that ends too early is refused`(production: Production) {
        for text in production.valid where text.first == "{" || text.first == "[" || text.first == "\"" {
            let bytes = Array(text.utf8)
            for count in 0..<bytes.count where (try? JSONValue(parsing: Array(bytes[..<count]))) != nil {
                Issue.record("\(text.debugDescription), \(count) bytes of \(bytes.count)")
            }
        }
    }

    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE2, 0x82],
            [0xED, 0xA0, 0x80],
            [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80],
            [0xFE], [0xFF],
        ] as [[UInt8]])
    func `Bytes that are not UTF-8 are refused (section 8.1)`(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22] + bytes + [0x22]) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
    }

    @Test(arguments: [1, 100, 200])
    func `Nesting up to the limit is accepted`(depth: Int) throws {
        let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(throws: Never.self) { try JSONValue(parsing: text) }
    }

    @Test(arguments: ["[", "{\"a\":", "[{\"a\":"])
    func `A million levels are an error, not a crash`(opening: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: opening, count: 1_000_000)) }
    }
}

import BertJSON
import Testing

@Suite struct JSONParserTests {
    static let valid: [(String, JSONValue)] = [
        ("null", JSONValue.null),
        (" \t\r\n true ", true),
        ("false", false),
        ("0", 0),
        ("-1", -1),
        ("9223372036854775807", .number(.int(.max))),
        ("-9223372036854775808", .number(.int(.min))),
        ("9223372036854775808", .number(.uint(1 << 63))),
        ("18446744073709551615", .number(.uint(.max))),
        ("18446744073709551616", .number(.bigInteger("18446744073709551616"))),
        ("-9223372036854775809", .number(.bigInteger("-9223372036854775809"))),
        ("1000000000000000019884624838656", .number(.bigInteger("1000000000000000019884624838656"))),
        ("1.0", 1.0),
        ("1e3", 1000.0),
        ("1E+3", 1000.0),
        ("-0.5e-2", -0.005),
        ("1e-12", 1e-12),
        ("0.1", 0.1),
        ("5e-324", .double(.leastNonzeroMagnitude)),
        ("1e-400", 0.0),
        ("\"\"", ""),
        (#""a\"\\\/\b\f\n\r\tz""#, "a\"\\/\u{8}\u{c}\n\r\tz"),
        (#""\u00e9\u4e2d\ud83d\ude00\uD83D\uDE00\u0000""#, "é中😀😀\0"),
        ("\"é中😀\u{7f}\u{2028}\"", "é中😀\u{7f}\u{2028}"),
        ("[]", []),
        ("[1, [2], {}]", [1, [2], [:]]),
        (#"{"b":1,"a":{"c":[null]}}"#, ["b": 1, "a": ["c": [nil]]]),
        (#"{"":0}"#, ["": 0]),
    ]

    @Test(arguments: valid)
    func `A valid text gives its value`(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
    }

    static let invalid: [(String, String, JSONError.Code)] = [
        ("", "line 1, column 1 (byte 0): the text ends; expected a value", JSONError.Code.unexpectedEnd),
        ("  \n ", "line 2, column 2 (byte 4): the text ends; expected a value", .unexpectedEnd),
        ("nul", "line 1, column 1 (byte 0): the text ends inside null", .unexpectedEnd),
        ("nulL", "line 1, column 1 (byte 0): expected a value, found \"n\"", .unexpectedCharacter),
        ("truely", "line 1, column 5 (byte 4): expected the end of the text, found \"l\"", .trailingText),
        ("1 2", "line 1, column 3 (byte 2): expected the end of the text, found \"2\"", .trailingText),
        ("{}}", "line 1, column 3 (byte 2): expected the end of the text, found \"}\"", .trailingText),
        ("NaN", "line 1, column 1 (byte 0): expected a value, found \"N\"", .unexpectedCharacter),
        ("-Infinity", "line 1, column 2 (byte 1): expected a digit, found \"I\"", .invalidNumber),
        ("+1", "line 1, column 1 (byte 0): expected a value, found \"+\"", .unexpectedCharacter),
        (".5", "line 1, column 1 (byte 0): expected a value, found \".\"", .unexpectedCharacter),
        ("01", "line 1, column 1 (byte 0): a number may not start with 0 and another digit", .invalidNumber),
        ("-", "line 1, column 2 (byte 1): the text ends inside a number", .unexpectedEnd),
        ("1.", "line 1, column 3 (byte 2): the text ends inside a number", .unexpectedEnd),
        ("[1.]", "line 1, column 4 (byte 3): [0]: expected a digit, found \"]\"", .invalidNumber),
        ("1e", "line 1, column 3 (byte 2): the text ends inside a number", .unexpectedEnd),
        ("[1e+,2]", "line 1, column 5 (byte 4): [0]: expected a digit, found \",\"", .invalidNumber),
        ("1e400", "line 1, column 1 (byte 0): the number is too large for a double", .numberOutOfRange),
        ("0x10", "line 1, column 2 (byte 1): expected the end of the text, found \"x\"", .trailingText),
        ("[1,]", "line 1, column 4 (byte 3): [1]: expected a value, found \"]\"", .unexpectedCharacter),
        (
            "[1 2]", "line 1, column 4 (byte 3): [0]: expected a comma or a closing bracket, found \"2\"",
            .unexpectedCharacter
        ),
        (
            "[1", "line 1, column 3 (byte 2): [0]: the text ends; expected a comma or a closing bracket",
            .unexpectedEnd
        ),
        ("{", "line 1, column 2 (byte 1): the text ends; expected a name in double quotes", .unexpectedEnd),
        ("{'a':1}", "line 1, column 2 (byte 1): expected a name in double quotes, found \"'\"", .unexpectedCharacter),
        (
            #"{"a" 1}"#, "line 1, column 6 (byte 5): a: expected a colon after the name, found \"1\"",
            .unexpectedCharacter
        ),
        (
            #"{"a":1,}"#, "line 1, column 8 (byte 7): a: expected a name in double quotes, found \"}\"",
            .unexpectedCharacter
        ),
        (
            #"{"a":1"#, "line 1, column 7 (byte 6): a: the text ends; expected a comma or a closing brace",
            .unexpectedEnd
        ),
        (
            "{\"a\":\n [{\"b c\":\n  ?", "line 3, column 3 (byte 18): a[0][\"b c\"]: expected a value, found \"?\"",
            .unexpectedCharacter
        ),
        (#"{"é\"":?}"#, "line 1, column 8 (byte 8): [\"é\\\"\"]: expected a value, found \"?\"", .unexpectedCharacter),
        (
            #"{"a":{"k":1,"k":2}}"#, "line 1, column 13 (byte 12): a.k: the name \"k\" is a duplicate",
            .duplicateKey
        ),
        (
            #"{"k":1,"\u006b":2}"#, "line 1, column 8 (byte 7): k: the name \"k\" is a duplicate",
            .duplicateKey
        ),
        ("\"abc", "line 1, column 5 (byte 4): the text ends inside a string", .unexpectedEnd),
        ("\"abc\\", "line 1, column 5 (byte 4): the text ends inside a string", .unexpectedEnd),
        ("\"\\u12", "line 1, column 6 (byte 5): the text ends inside a string", .unexpectedEnd),
        (
            "\"a\nb\"",
            "line 1, column 3 (byte 2): the control character 0x0a must be escaped in a string",
            .unexpectedCharacter
        ),
        (#""\x41""#, "line 1, column 2 (byte 1): a backslash may not be followed by \"x\"", .invalidEscape),
        (#""\u00g0""#, "line 1, column 6 (byte 5): \\u needs four hexadecimal digits, found \"g\"", .invalidEscape),
        (
            #""\ud83d""#, "line 1, column 2 (byte 1): \\ud83d is half of a pair and its other half is missing",
            .loneSurrogate
        ),
        (
            #""\ud83d\u0041""#, "line 1, column 2 (byte 1): \\ud83d is half of a pair and its other half is missing",
            .loneSurrogate
        ),
        (
            #""é\ude00""#, "line 1, column 3 (byte 3): \\ude00 is half of a pair and its other half is missing",
            .loneSurrogate
        ),
        (
            "\u{feff}{}",
            "line 1, column 1 (byte 0): the text starts with a byte order mark; save it as UTF-8 without one",
            .unexpectedCharacter
        ),
        (
            "[1]\u{0}", "line 1, column 4 (byte 3): expected the end of the text, found the control character 0x00",
            .trailingText
        ),
        ("// x", "line 1, column 1 (byte 0): expected a value, found \"/\"", .unexpectedCharacter),
    ]

    @Test(arguments: invalid)
    func `An invalid text gives an error with its place`(text: String, message: String, code: JSONError.Code) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.description == message)
        #expect(error?.code == code)
    }

    @Test func `The message begins with the name of the file`() {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: "[", source: "config.json") }
        #expect(
            error?.description
                == "config.json: line 1, column 2 (byte 1): [0]: the text ends; expected a value")
    }

    @Test(
        arguments: [
            [0x80], [0xbf], [0xc0, 0x80], [0xc1, 0xbf], [0xc3], [0xe0, 0x80, 0x80], [0xe4, 0xb8], [0xed, 0xa0, 0x80],
            [0xed, 0xbf, 0xbf], [0xf0, 0x80, 0x80, 0x80], [0xf0, 0x9f, 0x98], [0xf4, 0x90, 0x80, 0x80],
            [0xf5, 0x80, 0x80, 0x80],
            [0xfe], [0xff], [0xe4, 0x41, 0x41],
        ] as [[UInt8]])
    func `Bytes that are not UTF-8 are an error, in the middle and at the end`(bytes: [UInt8]) {
        for suffix in [Array("\"".utf8), Array("abc\"".utf8), []] {
            let text = Array("[\"é".utf8) + bytes + suffix
            let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
            #expect(error?.code == .invalidUTF8)
            #expect(error?.location?.byteOffset == 4)
            #expect(error?.reason.contains("0x" + String(bytes[0], radix: 16)) == true)
        }
    }

    @Test func `Every beginning of a text is an error and never read beyond`() throws {
        let text = Array(#"{"a": [1, -2.5e+3, "x\u00e9\ud83d\ude00é", true, null], "b": {"c": false}}"#.utf8)
        for length in 0..<text.count {
            // In a buffer of its exact length, so that a sanitizer detects reads beyond the end.
            let error = #expect(throws: JSONError.self) { try JSONValue(parsing: Array(text[..<length])) }
            #expect([.unexpectedEnd, .invalidUTF8].contains(error?.code), "\(length): \(String(describing: error))")
        }
        _ = try JSONValue(parsing: text)
    }

    @Test func `Depth is limited, whatever stands inside`() throws {
        let open = String(repeating: "[", count: 256)
        let close = String(repeating: "]", count: 256)
        _ = try JSONValue(parsing: open + close)
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: "[" + open + close + "]") }
        #expect(error?.reason == "more than 256 nested arrays and objects")
        #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "{\"a\":", count: 100_000)) }
    }

    @Test func `Python's numbers are read when they are asked for`() throws {
        let value = try JSONValue(parsing: "[NaN, Infinity, -Infinity, -1]", options: .python)
        #expect(value[0]?.doubleValue?.isNaN == true)
        #expect(value[1] == .double(.infinity))
        #expect(value[2] == .double(-.infinity))
        #expect(value[3] == -1)
        #expect(throws: JSONError.self) { try JSONValue(parsing: "-Inf", options: .python) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: "nan", options: .python) }
    }

    @Test func `Half of a pair becomes U+FFFD when that is asked for`() throws {
        var options = JSONParseOptions()
        options.replacesLoneSurrogates = true
        #expect(
            try JSONValue(parsing: #""\ud83d\ud83d\ude00\ude00\ud83dx\ud83d\n""#, options: options)
                == "\u{fffd}😀\u{fffd}\u{fffd}x\u{fffd}\n")
    }

    @Test func `An integer, a fraction and an exponent can be told apart`() throws {
        let numbers = try JSONValue(parsing: "[1, 1.0, 1e3, -0, 0]").arrayValue ?? []
        #expect(numbers.map { $0.numberValue?.isInteger } == [true, false, false, false, true])
        #expect(numbers.map(\.intValue) == [1, nil, nil, nil, 0])
        #expect(numbers[3].doubleValue?.sign == .minus)
    }
}

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

    static let invalid:
        [(text: String, place: (line: Int, column: Int, byte: Int), path: String, code: JSONError.Code)] = [
            ("", (1, 1, 0), "", .unexpectedEnd),
            ("  \n ", (2, 2, 4), "", .unexpectedEnd),
            ("nul", (1, 1, 0), "", .unexpectedEnd),
            ("nulL", (1, 1, 0), "", .unexpectedCharacter),
            ("truely", (1, 5, 4), "", .trailingText),
            ("1 2", (1, 3, 2), "", .trailingText),
            ("{}}", (1, 3, 2), "", .trailingText),
            ("NaN", (1, 1, 0), "", .unexpectedCharacter),
            ("-Infinity", (1, 2, 1), "", .invalidNumber),
            ("+1", (1, 1, 0), "", .unexpectedCharacter),
            (".5", (1, 1, 0), "", .unexpectedCharacter),
            ("01", (1, 1, 0), "", .invalidNumber),
            ("-", (1, 2, 1), "", .unexpectedEnd),
            ("1.", (1, 3, 2), "", .unexpectedEnd),
            ("[1.]", (1, 4, 3), "[0]", .invalidNumber),
            ("1e", (1, 3, 2), "", .unexpectedEnd),
            ("[1e+,2]", (1, 5, 4), "[0]", .invalidNumber),
            ("1e400", (1, 1, 0), "", .numberOutOfRange),
            ("0x10", (1, 2, 1), "", .trailingText),
            ("[1,]", (1, 4, 3), "[1]", .unexpectedCharacter),
            ("[1 2]", (1, 4, 3), "[0]", .unexpectedCharacter),
            ("[1", (1, 3, 2), "[0]", .unexpectedEnd),
            ("{", (1, 2, 1), "", .unexpectedEnd),
            ("{'a':1}", (1, 2, 1), "", .unexpectedCharacter),
            (#"{"a" 1}"#, (1, 6, 5), "a", .unexpectedCharacter),
            (#"{"a":1,}"#, (1, 8, 7), "a", .unexpectedCharacter),
            (#"{"a":1"#, (1, 7, 6), "a", .unexpectedEnd),
            ("{\"a\":\n [{\"b c\":\n  ?", (3, 3, 18), "a[0][\"b c\"]", .unexpectedCharacter),
            (#"{"é\"":?}"#, (1, 8, 8), "[\"é\\\"\"]", .unexpectedCharacter),
            (#"{"a":{"k":1,"k":2}}"#, (1, 13, 12), "a.k", .duplicateKey),
            (#"{"k":1,"\u006b":2}"#, (1, 8, 7), "k", .duplicateKey),
            ("\"abc", (1, 5, 4), "", .unexpectedEnd),
            ("\"abc\\", (1, 5, 4), "", .unexpectedEnd),
            ("\"\\u12", (1, 6, 5), "", .unexpectedEnd),
            ("\"a\nb\"", (1, 3, 2), "", .unexpectedCharacter),
            (#""\x41""#, (1, 2, 1), "", .invalidEscape),
            (#""\u00g0""#, (1, 6, 5), "", .invalidEscape),
            (#""\ud83d""#, (1, 2, 1), "", .loneSurrogate),
            (#""\ud83d\u0041""#, (1, 2, 1), "", .loneSurrogate),
            (#""é\ude00""#, (1, 3, 3), "", .loneSurrogate),
            ("\u{feff}{}", (1, 1, 0), "", .unexpectedCharacter),
            ("[1]\u{0}", (1, 4, 3), "", .trailingText),
            ("// x", (1, 1, 0), "", .unexpectedCharacter),
        ]

    @Test(arguments: invalid.indices) func `An invalid text gives an error with its place`(index: Int) {
        let (text, place, path, code) = Self.invalid[index]
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.code == code)
        #expect(error?.path == path)
        let location = error?.location
        #expect(
            location.map { ($0.line, $0.column, $0.byteOffset) == place } == true,
            "\(text): \(error?.description ?? "")")
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

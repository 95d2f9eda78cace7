extension JSONParser {
    /// Returns an error at `position` or at a given byte.
    func failure(_ code: JSONError.Code, _ reason: String, at offset: Int? = nil) -> JSONError {
        JSONError(
            code: code, reason: reason, source: source, path: path(), location: location(of: offset ?? position))
    }

    /// Returns an error for a token other than the expected one.
    func unexpected(_ expected: String) -> JSONError {
        position < bytes.count
            ? failure(.unexpectedCharacter, "expected \(expected), found \(found())")
            : failure(.unexpectedEnd, "the text ends; expected \(expected)")
    }

    /// Returns the character at `position`, for messages.
    func found() -> String {
        guard position < bytes.count else { return "the end of the text" }
        guard let length = scalarLength(at: position) else { return hexadecimal(bytes[position]) }
        let text = String(decoding: bytes[position..<position + length], as: UTF8.self)
        guard bytes[position] >= 0x20, bytes[position] != 0x7f else {
            return "the control character \(hexadecimal(bytes[position]))"
        }
        return text == "\"" ? "a double quote" : "\"\(text)\""
    }

    func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return "0x" + (digits.count < 2 ? "0" : "") + digits
    }

    private func path() -> String {
        var path = ""
        for step in steps {
            switch step {
            case .element(let position): path += "[\(position)]"
            case .member(let range) where range.isEmpty && range.lowerBound == 0: break
            case .member(let range):
                path = pathAppending(key: name(in: range), to: path)
            }
        }
        return path
    }

    /// Returns the unescaped member name in `range`, which is surrounded by quotes.
    private func name(in range: Range<Int>) -> String {
        let quoted = UnsafeRawBufferPointer(rebasing: bytes[range.lowerBound - 1...range.upperBound])
        let name = try? JSONValue(parsing: quoted).stringValue
        return name ?? String(decoding: bytes[range], as: UTF8.self)
    }

    private func location(of offset: Int) -> JSONError.Location {
        var line = 1
        var column = 1
        for byte in bytes[..<offset] {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xc0 != 0x80 {
                column += 1
            }
        }
        return JSONError.Location(line: line, column: column, byteOffset: offset)
    }
}

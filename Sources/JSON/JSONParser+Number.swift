extension JSONParser {
    mutating func parseNumber() throws(JSONError) -> JSONNumber {
        let start = position
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        if options.allowsNonFinite, position < bytes.count, bytes[position] == UInt8(ascii: "I") {
            _ = try parseWord("Infinity", .null)
            return .double(-.infinity)
        }

        var magnitude: UInt64 = 0
        var fits = true
        let integerStart = position
        while let digit = digit() {
            let (tens, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(UInt64(digit))
            magnitude = sum
            if overflow || carry { fits = false }
            position += 1
        }
        guard position > integerStart else { throw expectedDigit(start) }
        if position - integerStart > 1, bytes[integerStart] == UInt8(ascii: "0") {
            throw failure(.invalidNumber, "a number may not start with 0 and another digit", at: start)
        }

        var isInteger = true
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try skipDigits(start)
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try skipDigits(start)
        }

        let literal = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
        guard isInteger else {
            // Swift's conversion is correctly rounded and independent of the locale.
            guard let value = Double(String(decoding: literal, as: UTF8.self)), value.isFinite else {
                throw failure(.numberOutOfRange, "the number is too large for a double", at: start)
            }
            return .double(value)
        }
        guard fits else { return .bigInteger(String(decoding: literal, as: UTF8.self)) }
        if !isNegative { return Int64(exactly: magnitude).map(JSONNumber.int) ?? .uint(magnitude) }
        if magnitude == 0 { return .double(-0.0) }
        if magnitude <= Int64.min.magnitude { return .int(Int64(truncatingIfNeeded: 0 &- magnitude)) }
        return .bigInteger(String(decoding: literal, as: UTF8.self))
    }

    private func digit() -> UInt8? {
        guard position < bytes.count else { return nil }
        let value = bytes[position] &- UInt8(ascii: "0")
        return value < 10 ? value : nil
    }

    private mutating func skipDigits(_ start: Int) throws(JSONError) {
        guard digit() != nil else { throw expectedDigit(start) }
        while digit() != nil { position += 1 }
    }

    private func expectedDigit(_ start: Int) -> JSONError {
        position < bytes.count
            ? failure(.invalidNumber, "expected a digit, found \(found())")
            : failure(.unexpectedEnd, "the text ends inside a number")
    }
}

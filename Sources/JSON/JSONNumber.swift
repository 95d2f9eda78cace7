/// A JSON number that preserves whether it was written as an integer.
///
/// `1` is an integer; `1.0` and `1e0` aren't, so file formats can require integers.
public enum JSONNumber: Sendable, Hashable {
    /// An integer that fits 64 bits.
    case int(Int64)
    /// An integer greater than `Int64.max` that fits 64 unsigned bits.
    case uint(UInt64)
    /// An integer that doesn't fit 64 bits, as its original digits.
    case bigInteger(String)
    /// A number with a fraction or an exponent, `-0`, or a non-finite number if allowed.
    case double(Double)
    /// A number that is written with the digits needed for single precision. Never produced by parsing.
    case float(Float)

    /// The integer; nil if the number wasn't written as one or doesn't fit.
    public var intValue: Int? {
        switch self {
        case .int(let value): Int(exactly: value)
        case .uint, .bigInteger, .double, .float: nil
        }
    }

    /// The nonnegative integer; nil if the number wasn't written as one or doesn't fit.
    public var uint64Value: UInt64? {
        switch self {
        case .int(let value): UInt64(exactly: value)
        case .uint(let value): value
        case .bigInteger, .double, .float: nil
        }
    }

    /// The nearest double.
    public var doubleValue: Double {
        switch self {
        case .int(let value): Double(value)
        case .uint(let value): Double(value)
        case .bigInteger(let digits): Double(digits) ?? .infinity
        case .double(let value): value
        case .float(let value): Double(value)
        }
    }

    /// Whether the number was written as an integer of any size.
    public var isInteger: Bool {
        switch self {
        case .int, .uint, .bigInteger: true
        case .double, .float: false
        }
    }
}

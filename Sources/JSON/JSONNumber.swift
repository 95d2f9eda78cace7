/// A JSON number that remembers how it was written.
///
/// `1` is an integer; `1.0` and `1e0` are not, so file formats can insist on integers.
public enum JSONNumber: Sendable, Hashable {
    /// Written without fraction and exponent, and fits.
    case int(Int64)
    /// Written without fraction and exponent, above `Int64.max`.
    case uint(UInt64)
    /// Written without fraction and exponent, beyond 64 bits: the original digits.
    case bigInteger(String)
    /// Written with a fraction or an exponent, or `-0`, or not finite where that is allowed.
    case double(Double)
    /// Never parsed; written with as many digits as single precision needs.
    case float(Float)

    /// The integer, or nil if it was not written as one or does not fit.
    public var intValue: Int? {
        switch self {
        case .int(let value): Int(exactly: value)
        case .uint, .bigInteger, .double, .float: nil
        }
    }

    /// The integer if it is not negative, or nil if it was not written as one or does not fit.
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

    /// Whether the number was written as an integer, of whatever size.
    public var isInteger: Bool {
        switch self {
        case .int, .uint, .bigInteger: true
        case .double, .float: false
        }
    }
}

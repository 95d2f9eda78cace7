public import BertCore

/// A wrong element of a result.
public struct Mismatch: Sendable, CustomStringConvertible {
    /// The name of the result, if the case has several.
    public let what: String
    /// The row-major index of the element.
    public let index: Int
    /// The value computed by the backend.
    public let got: Double
    /// The expected value.
    public let want: Double
    /// The tolerance.
    public let tolerance: Tolerance

    /// For example `[3] got 1.5, want 1, difference 0.5, tolerance 0.0001`.
    public var description: String {
        let place = what.isEmpty ? "[\(index)]" : "\(what) [\(index)]"
        return "\(place) got \(got), want \(want), difference \(got - want), tolerance \(tolerance.bound(for: want))"
    }
}

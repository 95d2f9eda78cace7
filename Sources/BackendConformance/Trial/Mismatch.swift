public import BertCore

/// An element that is too far from what it should be.
public struct Mismatch: Sendable, CustomStringConvertible {
    /// Which result, where a case has several.
    public let what: String
    /// Its place in row-major order.
    public let index: Int
    /// What the backend gave.
    public let got: Double
    /// What it should have given.
    public let want: Double
    /// What would have been accepted.
    public let tolerance: Tolerance

    /// For example `[3] got 1.5, want 1, difference 0.5, tolerance 0.0001`.
    public var description: String {
        let place = what.isEmpty ? "[\(index)]" : "\(what) [\(index)]"
        return "\(place) got \(got), want \(want), difference \(got - want), tolerance \(tolerance.bound(for: want))"
    }
}

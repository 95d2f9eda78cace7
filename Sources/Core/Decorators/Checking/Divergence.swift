/// A difference between the results of two backends: the operation, its location, and the first numbers that differ.
public struct Divergence: Error, Sendable, CustomStringConvertible {
    /// The maximum number of mismatches to report.
    static let shownMismatches = 5

    /// The operation with the shapes and the type of its operands.
    public let request: OperationRequest
    /// The part of the model, for example `encoder.layer.3.attention`, if known.
    public let scope: String?
    /// The name of the backend under test.
    public let backend: String
    /// The name of the reference backend.
    public let judge: String
    /// A description of the difference.
    public let what: String
    /// The first five numbers that differ; empty if the difference isn't numeric.
    public let mismatches: [Mismatch]

    /// A number that differs.
    public struct Mismatch: Sendable, Hashable, CustomStringConvertible {
        /// The index of the number in the result, with one entry per axis.
        public let index: [Int]
        /// The number from the backend under test.
        public let got: Double
        /// The number from the reference backend.
        public let want: Double
        /// The greatest difference that is accepted.
        public let tolerance: Double

        /// For example `at [0, 3]: got 1.5, want 1.25, difference 0.25, tolerance 1e-06`.
        public var description: String {
            "at \(index): got \(got), want \(want), difference \(got - want), tolerance \(tolerance)"
        }
    }

    /// The operation, its operands, its location and the difference, followed by one line per number.
    public var description: String {
        let shapes = request.shapes.map(\.description).joined(separator: " ")
        let place = scope.map { " in \($0)" } ?? ""
        let headline = "\(request.kind.rawValue) of \(request.elementType) \(shapes)\(place): \(what)"
        return ([headline] + mismatches.map { "\n  \($0)" }).joined()
    }
}

/// An operation that two backends do not do alike: which, where, and the first numbers that differ.
public struct Divergence: Error, Sendable, CustomStringConvertible {
    /// How many numbers are shown.
    static let shownMismatches = 5

    /// The operation with its operands' shapes and type.
    public let request: OperationRequest
    /// The part of the model, for example `encoder.layer.3.attention`, where it is known.
    public let scope: String?
    /// The name of the backend that is checked.
    public let backend: String
    /// The name of the backend that is taken to be right.
    public let judge: String
    /// What is different, in words.
    public let what: String
    /// The first five numbers that differ; none if it isn't numbers that do.
    public let mismatches: [Mismatch]

    /// A number that differs.
    public struct Mismatch: Sendable, Hashable, CustomStringConvertible {
        /// Its place in the result, an index for each axis.
        public let index: [Int]
        /// What the backend that is checked gave.
        public let got: Double
        /// What the other one gave.
        public let want: Double
        /// The greatest difference that would have been accepted.
        public let tolerance: Double

        /// For example `at [0, 3]: got 1.5, want 1.25, difference 0.25, tolerance 1e-06`.
        public var description: String {
            "at \(index): got \(got), want \(want), difference \(got - want), tolerance \(tolerance)"
        }
    }

    /// Operation, operands, where, and what differs; then a line for each number.
    public var description: String {
        let shapes = request.shapes.map(\.description).joined(separator: " ")
        let place = scope.map { " in \($0)" } ?? ""
        let headline = "\(request.kind.rawValue) of \(request.elementType) \(shapes)\(place): \(what)"
        return ([headline] + mismatches.map { "\n  \($0)" }).joined()
    }
}

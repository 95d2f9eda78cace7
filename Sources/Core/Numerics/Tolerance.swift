/// How far a result may be from what it should be: |got − want| ≤ absolute + relative · |want|, where `want` was
/// computed in double precision.
public struct Tolerance: Sendable, Hashable, CustomStringConvertible {
    /// The part that does not depend on the value.
    public var absolute: Double
    /// The part in proportion to the value.
    public var relative: Double

    /// A tolerance.
    public init(absolute: Double, relative: Double) {
        self.absolute = absolute
        self.relative = relative
    }

    /// None: every bit of the value has to be right.
    public static let exact = Tolerance(absolute: 0, relative: 0)

    /// The greatest difference that is accepted from `want`.
    public func bound(for want: Double) -> Double { absolute + relative * abs(want) }

    /// Whether a result is near enough. A NaN is right where a NaN is wanted, an infinity where the same one is.
    public func accepts(_ got: Double, for want: Double) -> Bool {
        if want.isNaN || got.isNaN { return want.isNaN && got.isNaN }
        if want.isInfinite || got.isInfinite { return got == want }
        return abs(got - want) <= bound(for: want)
    }

    /// Whether nothing that `other` refuses is accepted.
    public func isAtLeastAsTight(as other: Tolerance) -> Bool {
        absolute <= other.absolute && relative <= other.relative
    }

    /// For example `1e-06 + 1e-05·|want|`.
    public var description: String { self == .exact ? "exact" : "\(absolute) + \(relative)·|want|" }
}

extension Tolerance {
    /// The project's one table: what each operation is held to, wherever results are compared.
    ///
    /// Calibrated on the built-in backends over twenty seeds of the conformance suite: the worst difference that any of them
    /// shows is between a fifth and a half of its bound. `bert conformance` prints that share for each operation.
    ///
    /// Bounds are in units of the type's rounding error (2⁻²⁴ for float32, 2⁻⁸ for bfloat16), for operands of a size
    /// around 1. Rounding errors of a sum grow like the square root of the number of its terms, so that part of the bound
    /// which does not depend on the value grows with `depth`.
    ///
    /// - Parameters:
    ///   - kind: the operation.
    ///   - elementType: the type that the operation computes in.
    ///   - depth: how many products or terms an element of the result is the sum of.
    public static func of(
        _ kind: OperationKind, elementType: ElementType = .float32, depth: Int = 1
    ) -> Tolerance {
        let units = units(of: kind)
        let rounding = elementType.roundingError
        return Tolerance(
            absolute: units.absolute * rounding * Double(max(depth, 1)).squareRoot(),
            relative: units.relative * rounding)
    }

    /// The table: rounding errors that are allowed to a result whatever its value, and in proportion to it.
    public static func units(of kind: OperationKind) -> (absolute: Double, relative: Double) {
        switch kind {
        // Nothing is computed.
        case .upload, .download, .gatherRows, .permute, .slice, .concatenate, .cast, .prepareLinear: (0, 0)
        // One rounding, and one more for a division by way of the reciprocal.
        case .binary: (0, 2)
        // Polynomials of a few terms.
        case .unary: (2, 4)
        case .activation: (4, 8)
        // Sums.
        case .reduce, .scatterAddRows: (16, 4)
        case .matmul, .linear: (6, 6)
        // Sums, and a root or an exponential after them.
        case .layerNorm, .embeddings: (10, 12)
        case .softmax: (2, 16)
        case .attention: (32, 32)
        case .pool: (6, 6)
        case .l2Normalize: (2, 4)
        }
    }
}

extension ElementType {
    /// Half the distance from 1 to the next number: the greatest relative error of rounding to this type; 0 for integers.
    public var roundingError: Double {
        switch self {
        case .float32: 0x1p-24
        case .float16: 0x1p-11
        case .bfloat16: 0x1p-8
        case .float64: 0x1p-53
        case .int8, .uint8, .int32, .int64, .bool: 0
        }
    }
}

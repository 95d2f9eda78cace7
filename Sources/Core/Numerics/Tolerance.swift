/// The allowed error of a result: |got − want| ≤ absolute + relative · |want|, where `want` is computed in double
/// precision.
public struct Tolerance: Sendable, Hashable, CustomStringConvertible {
    /// The absolute part of the tolerance.
    public var absolute: Double
    /// The relative part of the tolerance, as a factor of |want|.
    public var relative: Double

    /// Creates a tolerance.
    public init(absolute: Double, relative: Double) {
        self.absolute = absolute
        self.relative = relative
    }

    /// A tolerance of zero, which requires equal results.
    public static let exact = Tolerance(absolute: 0, relative: 0)

    /// Returns the largest accepted difference from `want`.
    public func bound(for want: Double) -> Double { absolute + relative * abs(want) }

    /// Returns whether a result is within the tolerance. NaN matches NaN, and an infinity matches the same infinity.
    public func accepts(_ got: Double, for want: Double) -> Bool {
        if want.isNaN || got.isNaN { return want.isNaN && got.isNaN }
        if want.isInfinite || got.isInfinite { return got == want }
        return abs(got - want) <= bound(for: want)
    }

    /// Returns whether this tolerance is at least as strict as `other`.
    public func isAtLeastAsTight(as other: Tolerance) -> Bool {
        absolute <= other.absolute && relative <= other.relative
    }

    /// For example `1e-06 + 1e-05·|want|`.
    public var description: String { self == .exact ? "exact" : "\(absolute) + \(relative)·|want|" }
}

extension Tolerance {
    /// Returns the tolerance of an operation.
    ///
    /// The tolerances are calibrated on the built-in backends over twenty seeds of the conformance suite, so that the
    /// largest error is between a fifth and a half of the bound. `bert conformance` prints this share for each
    /// operation.
    ///
    /// Bounds are multiples of the type's rounding error (2⁻²⁴ for float32, 2⁻⁸ for bfloat16), for operands around 1.
    /// The rounding error of a sum grows with the square root of the number of terms, so the absolute part of the bound
    /// grows with `depth`.
    ///
    /// - Parameters:
    ///   - kind: The operation.
    ///   - elementType: The type that the operation computes in.
    ///   - depth: The number of terms in the sum of one element of the result.
    public static func of(
        _ kind: OperationKind, elementType: ElementType = .float32, depth: Int = 1
    ) -> Tolerance {
        let units = units(of: kind)
        let rounding = elementType.roundingError
        return Tolerance(
            absolute: units.absolute * rounding * Double(max(depth, 1)).squareRoot(),
            relative: units.relative * rounding)
    }

    /// Returns the allowed error of an operation in units of the rounding error.
    public static func units(of kind: OperationKind) -> (absolute: Double, relative: Double) {
        switch kind {
        // No arithmetic.
        case .upload, .download, .gatherRows, .permute, .slice, .concatenate, .cast, .prepareLinear,
            .prepareLinearForStep, .sumOfSquares:
            (0, 0)
        // One rounding, and a second one for division by multiplication with the reciprocal.
        case .binary: (0, 2)
        // Short polynomials.
        case .unary: (2, 4)
        case .activation: (4, 8)
        // Sums.
        case .reduce, .scatterAddRows: (16, 4)
        case .matmul, .linear: (6, 6)
        // Sums followed by a root or an exponential.
        case .layerNorm, .embeddings: (10, 12)
        case .softmax: (2, 16)
        case .attention: (32, 32)
        case .pool: (6, 6)
        case .l2Normalize: (2, 4)
        // Like the layers, but twice as deep.
        case .linearInputGradient, .linearWeightGradient: (6, 6)
        case .activationGradient: (32, 16)
        case .attentionGradient: (10, 16)
        case .dropout: (0, 2)
        case .crossEntropy: (4, 16)
        case .adamW: (2, 8)
        case .layerNormGradient: (20, 24)
        case .softmaxGradient, .l2NormalizeGradient: (2, 4)
        }
    }
}

extension ElementType {
    /// The largest relative error of rounding to this type, half the distance from 1 to the next number; 0 for
    /// integers.
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

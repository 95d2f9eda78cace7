/// The lengths of a tensor's axes, outermost first.
///
/// A shape has up to eight axes, which are stored inline.
public struct Shape: Sendable, Hashable, RandomAccessCollection, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// The maximum number of axes.
    public static let maximumRank = 8

    // Lengths fit 32 bits, and their product is checked to fit `Int`, so `elementCount` can't overflow.
    private var lengths: SIMD8<Int32>
    private var rank: Int8

    /// Creates a shape from lengths that are known to be valid.
    ///
    /// - Precondition: ``init(checking:)`` doesn't throw for these lengths.
    public init(_ lengths: some Collection<Int>) {
        do { try self.init(checking: lengths) } catch { preconditionFailure(error.message) }
    }

    /// Creates a shape from lengths that are known to be valid.
    ///
    /// - Precondition: ``init(checking:)`` doesn't throw for these lengths.
    public init(arrayLiteral elements: Int...) { self.init(elements) }

    /// Creates a shape from unchecked lengths.
    ///
    /// - Throws: ``BertError`` with code `invalidShape` if there are more than eight axes, a length is negative or
    ///   greater than 2³¹−1, or the shape has more than 2⁴⁸ elements.
    public init(checking source: some Collection<Int>) throws(BertError) {
        guard source.count <= Self.maximumRank else {
            throw BertError(
                .invalidShape, "\(Array(source)) has \(source.count) axes; at most 8 are supported",
                value: .int(source.count), limit: 8)
        }
        lengths = SIMD8(repeating: 0)
        rank = Int8(source.count)
        var product = 1
        for (axis, length) in source.enumerated() {
            guard let short = Int32(exactly: length), short >= 0 else {
                throw BertError(
                    .invalidShape, "\(Array(source)): axis \(axis) can't have the length \(length)",
                    value: .int(length), limit: .int(Int(Int32.max)))
            }
            lengths[axis] = short
            let (next, overflow) = product.multipliedReportingOverflow(by: Swift.max(length, 1))
            guard !overflow, next <= 1 << 48 else {
                throw BertError(
                    .invalidShape, "\(Array(source)) has too many elements", value: .string("\(Array(source))"))
            }
            product = next
        }
    }

    public var startIndex: Int { 0 }
    /// The number of axes.
    public var endIndex: Int { Int(rank) }

    /// The length of an axis.
    public subscript(axis: Int) -> Int {
        precondition(axis >= 0 && axis < Int(rank), "axis outside the shape")
        return Int(lengths[axis])
    }

    /// The product of the lengths; 1 for a scalar.
    public var elementCount: Int {
        var product = 1
        for axis in 0..<Int(rank) { product *= Int(lengths[axis]) }
        return product
    }

    /// The length of the innermost axis; 1 for a scalar.
    public var lastLength: Int { rank == 0 ? 1 : Int(lengths[Int(rank) - 1]) }

    /// The number of rows with ``lastLength`` elements each.
    public var rowCount: Int { rank == 0 ? 1 : dropLast().reduce(1, *) }

    /// Returns a copy of the shape with a different length for one axis.
    public func replacing(axis: Int, with length: Int) -> Shape {
        var copy = Array(self)
        copy[axis] = length
        return Shape(copy)
    }

    /// For example `[2, 3]`.
    public var description: String { "[" + map(String.init).joined(separator: ", ") + "]" }
}

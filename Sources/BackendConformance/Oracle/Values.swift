import BertCore

/// An array of doubles, for operands and expected results.
struct Values: Sendable {
    let shape: Shape
    var elements: [Double]

    /// Creates an array from elements in row-major order.
    init(_ shape: Shape, _ elements: [Double]) {
        precondition(elements.count == shape.elementCount, "a case with \(elements.count) elements for \(shape)")
        self.shape = shape
        self.elements = elements
    }

    /// Creates an array with an element for each row-major index.
    init(_ shape: Shape, _ element: (Int) -> Double) {
        self.init(
            shape,
            Array(unsafeUninitializedCapacity: shape.elementCount) { elements, count in
                while count < elements.count {
                    elements.initializeElement(at: count, to: element(count))
                    count += 1
                }
            })
    }

    /// Creates an array of equal elements.
    init(_ shape: Shape, repeating element: Double) { self.init(shape) { _ in element } }

    /// The length of the last axis, and the number of rows.
    var width: Int { shape.lastLength }
    var rowCount: Int { shape.rowCount }

    /// Returns a row along the last axis.
    func row(_ index: Int) -> ArraySlice<Double> { elements[index * width..<(index + 1) * width] }

    func map(_ transform: (Double) -> Double) -> Values {
        elements.withUnsafeBufferPointer { elements in Values(shape) { transform(elements[$0]) } }
    }

    // Explicit loops, because nested sequences would take most of the suite's time in debug builds.

    /// Calls `body` with each element and its index.
    func forEach(_ body: (Int, Double) -> Void) {
        elements.withUnsafeBufferPointer { elements in
            var index = 0
            while index < elements.count {
                body(index, elements[index])
                index += 1
            }
        }
    }

    /// Calls `body` with each index and the elements of both arrays.
    func forEachPair(with other: Values, _ body: (Int, Double, Double) -> Void) {
        precondition(elements.count == other.elements.count, "a case compares \(shape) with \(other.shape)")
        other.elements.withUnsafeBufferPointer { others in forEach { body($0, $1, others[$0]) } }
    }

    /// Adds `factor` times some columns of a row to the same columns of a row of this array.
    mutating func add(_ factor: Double, _ other: Values, row: Int, to line: Int, _ columns: Range<Int>) {
        let (to, from) = (line * width, row * other.width)
        elements.withUnsafeMutableBufferPointer { elements in
            other.elements.withUnsafeBufferPointer { others in
                var column = columns.lowerBound
                while column < columns.upperBound {
                    elements[to + column] += factor * others[from + column]
                    column += 1
                }
            }
        }
    }

    /// Returns a start plus the sum of products of elements at equal distances.
    func dot(
        _ place: (first: Int, stride: Int), _ other: Values, _ otherPlace: (first: Int, stride: Int), count: Int,
        from start: Double = 0
    ) -> Double {
        elements.withUnsafeBufferPointer { elements in
            other.elements.withUnsafeBufferPointer { others in
                var sum = start
                var (index, otherIndex) = (place.first, otherPlace.first)
                var left = count
                while left > 0 {
                    sum += elements[index] * others[otherIndex]
                    index += place.stride
                    otherIndex += otherPlace.stride
                    left -= 1
                }
                return sum
            }
        }
    }

    func reshaped(_ shape: Shape) -> Values { Values(shape, elements) }

    /// Returns rows along the first axis.
    func rows(_ range: Range<Int>) -> Values {
        let size = shape.dropFirst().reduce(1, *)
        return Values(
            shape.replacing(axis: 0, with: range.count),
            Array(elements[range.lowerBound * size..<range.upperBound * size]))
    }

    /// Returns the elements rounded to a type.
    func rounded(to type: ElementType) -> Values { map { type.rounded($0) } }
}

extension ElementType {
    /// Returns the nearest value of this type, with ties to even. Integers are truncated and clamped, and NaN becomes
    /// 0.
    func rounded(_ value: Double) -> Double {
        func integer<Integer: FixedWidthInteger>(_: Integer.Type) -> Double {
            if value.isNaN { return 0 }
            return Double(Integer(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max))
        }
        switch self {
        case .float64: return value
        case .float32: return Double(Float(value))
        case .float16: return rounded(value, significandBits: 10, leastExponent: -14, greatest: 65_504)
        case .bfloat16:
            return rounded(value, significandBits: 7, leastExponent: -126, greatest: 0x1.FEp127)
        case .int8: return integer(Int8.self)
        case .uint8: return integer(UInt8.self)
        case .int32: return integer(Int32.self)
        case .int64: return integer(Int64.self)
        case .bool: return value == 0 ? 0 : 1
        }
    }

    /// Rounds to the spacing of the value's binade, or of subnormal numbers. Exact, because doubles have more bits.
    private func rounded(
        _ value: Double, significandBits: Int, leastExponent: Int, greatest: Double
    ) -> Double {
        guard value.isFinite, value != 0 else { return value }
        let exponent = max(Int(value.exponent), leastExponent)
        let step = Double(sign: .plus, exponent: exponent - significandBits, significand: 1)
        let result = (value / step).rounded(.toNearestOrEven) * step
        return abs(result) > greatest ? (value < 0 ? -.infinity : .infinity) : result
    }

    /// Stores an element.
    func store(_ value: Double, into bytes: UnsafeMutableRawPointer) {
        switch self {
        case .float64: bytes.storeBytes(of: value, as: Double.self)
        case .float32: bytes.storeBytes(of: Float(value), as: Float.self)
        case .float16: bytes.storeBytes(of: HalfPrecision.float16(from: Float(rounded(value))), as: UInt16.self)
        case .bfloat16: bytes.storeBytes(of: HalfPrecision.bfloat16(from: Float(rounded(value))), as: UInt16.self)
        case .int8: bytes.storeBytes(of: Int8(rounded(value)), as: Int8.self)
        case .uint8, .bool: bytes.storeBytes(of: UInt8(rounded(value)), as: UInt8.self)
        case .int32: bytes.storeBytes(of: Int32(rounded(value)), as: Int32.self)
        case .int64:
            bytes.storeBytes(of: Int64(exactly: rounded(value)) ?? (value < 0 ? .min : .max), as: Int64.self)
        }
    }

    /// Loads an element.
    func load(from bytes: UnsafeRawPointer) -> Double {
        switch self {
        case .float64: bytes.load(as: Double.self)
        case .float32: Double(bytes.load(as: Float.self))
        case .float16: Double(HalfPrecision.float(fromFloat16: bytes.load(as: UInt16.self)))
        case .bfloat16: Double(HalfPrecision.float(fromBfloat16: bytes.load(as: UInt16.self)))
        case .int8: Double(bytes.load(as: Int8.self))
        case .uint8, .bool: Double(bytes.load(as: UInt8.self))
        case .int32: Double(bytes.load(as: Int32.self))
        case .int64: Double(bytes.load(as: Int64.self))
        }
    }
}

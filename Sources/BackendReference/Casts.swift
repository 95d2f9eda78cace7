public import BertCore

extension ReferenceBackend {
    public func cast(_ a: Tensor, to elementType: ElementType) throws -> Tensor {
        if a.elementType == elementType { return a }
        let count = a.shape.elementCount
        let source = try HostView(a, a.elementType, for: info.name).bytes
        return try memory.tensor(a.shape, elementType) { out in
            for i in 0..<count { write(read(source, a.elementType, i), out, elementType, i) }
        }
    }

    private func read(_ source: UnsafeRawPointer, _ type: ElementType, _ i: Int) -> Double {
        func load<Element: BitwiseCopyable>(_: Element.Type) -> Element {
            source.load(fromByteOffset: i * MemoryLayout<Element>.size, as: Element.self)
        }
        switch type {
        case .float32: return Double(load(Float.self))
        case .float64: return load(Double.self)
        case .float16: return Double(HalfPrecision.float(fromFloat16: load(UInt16.self)))
        case .bfloat16: return Double(HalfPrecision.float(fromBfloat16: load(UInt16.self)))
        case .int8: return Double(load(Int8.self))
        case .uint8, .bool: return Double(load(UInt8.self))
        case .int32: return Double(load(Int32.self))
        case .int64: return Double(load(Int64.self))
        }
    }

    /// Stores a value. Floating-point numbers are rounded to nearest even. Integers are truncated and clamped, and NaN
    /// becomes 0.
    private func write(_ value: Double, _ out: UnsafeMutableRawPointer, _ type: ElementType, _ i: Int) {
        func store<Element: BitwiseCopyable>(_ element: Element) {
            out.storeBytes(of: element, toByteOffset: i * MemoryLayout<Element>.size, as: Element.self)
        }
        func clamped<Integer: FixedWidthInteger>(_: Integer.Type) -> Integer {
            if value.isNaN { return 0 }
            return Integer(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max)
        }
        switch type {
        case .float32: store(Float(value))
        case .float64: store(value)
        case .float16: store(HalfPrecision.float16(from: Float(roundingToOdd: value)))
        case .bfloat16: store(HalfPrecision.bfloat16(from: Float(roundingToOdd: value)))
        case .int8: store(clamped(Int8.self))
        case .uint8: store(clamped(UInt8.self))
        case .bool: store(value == 0 ? UInt8(0) : UInt8(1))
        case .int32: store(clamped(Int32.self))
        case .int64: store(clamped(Int64.self))
        }
    }
}

extension Float {
    /// Rounds a value to odd: the last bit is set if the result is inexact. Rounding that again to a shorter type gives
    /// the result of a single rounding (Boldo and Melquiond, "When double rounding is odd", 2005).
    fileprivate init(roundingToOdd value: Double) {
        let nearest = Float(value)
        guard nearest.isFinite, Double(nearest) != value else {
            self = nearest
            return
        }
        let cut = abs(Double(nearest)) > abs(value) ? Float(bitPattern: nearest.bitPattern - 1) : nearest
        self = Float(bitPattern: cut.bitPattern | 1)
    }
}

import CBertKernels
import Testing

@Suite("Conversion kernels")
struct KernelConversionTests {
    static let everyPattern = (0...UInt16.max).map { $0 }

    /// All half-precision numbers, the midpoints between two of them and their neighbors, and numbers out of range.
    static let floats: [Float] = {
        var values: [Float] = [.nan, -.nan, .infinity, -.infinity, 65504, 65519.996, 65520, 65536, 3.4e38, -0.0]
        for pattern in UInt16(0)..<0x7C00 {
            let half = value(half: pattern)
            let middle = (half + value(half: pattern + 1)) / 2
            let candidates = [half, half.nextUp, middle.nextDown, middle, middle.nextUp]
            values += candidates.filter { $0.isFinite }.flatMap { [$0, -$0] }
        }
        var numbers = KernelNumbers(seed: 12)
        values += (0..<50_000).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: numbers.next())) }
        return values
    }()

    /// Returns the value of a half-precision number according to its definition.
    static func value(half pattern: UInt16) -> Float {
        let (exponent, fraction) = (Int(pattern >> 10 & 31), Float(pattern & 0x3FF))
        let magnitude: Float =
            switch exponent {
            case 0: fraction * 0x1p-24
            case 31: fraction == 0 ? .infinity : .nan
            default: Float(sign: .plus, exponent: exponent - 25, significand: 1024 + fraction)
            }
        return pattern & 0x8000 == 0 ? magnitude : -magnitude
    }

    /// Searches for the nearest 16-bit number, rounding ties to even.
    static func nearest(_ x: Float, _ value: (UInt16) -> Float, infinity: UInt16) -> UInt16 {
        let sign: UInt16 = x.sign == .minus ? 0x8000 : 0
        let target = Double(x.magnitude)
        var (low, high) = (UInt16(0), infinity)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if Double(value(middle)) <= target { low = middle } else { high = middle }
        }
        // Beyond the maximum, infinity takes the place of the next number.
        let below = Double(value(low))
        let above =
            high == infinity ? below + (below - Double(value(low - 1))) : Double(value(high))
        if x.magnitude == .infinity || target >= above { return sign | high }
        let toBelow = target - below
        let toAbove = above - target
        let even = low % 2 == 0 ? low : high
        return sign | (toBelow < toAbove ? low : toAbove < toBelow ? high : even)
    }

    @Test("widen every 16-bit pattern exactly", arguments: KernelSet.all)
    func widening(kernels: KernelSet) {
        let patterns = Self.everyPattern
        var y = [Float](repeating: 0, count: patterns.count)
        kernels.run.float_from_half(patterns.count, patterns, &y)
        for pattern in patterns {
            let expected = Self.value(half: pattern)
            let actual = y[Int(pattern)]
            let isSame = expected.isNaN ? actual.isNaN : actual.bitPattern == expected.bitPattern
            if !isSame { Issue.record("half \(pattern): got \(actual), want \(expected)") }
        }
        kernels.run.float_from_bfloat(patterns.count, patterns, &y)
        for pattern in patterns {
            let actual = y[Int(pattern)].bitPattern
            let expected = UInt32(pattern) << 16
            let isSame = Float(bitPattern: expected).isNaN ? y[Int(pattern)].isNaN : actual == expected
            if !isSame { Issue.record("bfloat \(pattern): got \(actual), want \(expected)") }
        }
    }

    @Test("round to the nearest half, ties to even", arguments: KernelSet.all)
    func toHalf(kernels: KernelSet) {
        let x = Self.floats
        var y = [UInt16](repeating: 0, count: x.count)
        kernels.run.half_from_float(x.count, x, &y)
        for (index, value) in x.enumerated() {
            if value.isNaN {
                if y[index] & 0x7FFF <= 0x7C00 { Issue.record("NaN became \(y[index])") }
                continue
            }
            let expected = Self.nearest(value, Self.value(half:), infinity: 0x7C00)
            if y[index] != expected { Issue.record("\(value): got \(y[index]), want \(expected)") }
        }
    }

    @Test("round to the nearest bfloat, ties to even", arguments: KernelSet.all)
    func toBfloat(kernels: KernelSet) {
        var numbers = KernelNumbers(seed: 13)
        var x: [Float] = [.nan, -.nan, Float(bitPattern: 0x7F80_0001), .infinity, -.infinity, .greatestFiniteMagnitude]
        for _ in 0..<20_000 {
            let pattern = UInt32(truncatingIfNeeded: numbers.next())
            x += [pattern, pattern & 0xFFFF_0000, pattern & 0xFFFF_0000 | 0x8000, pattern | 0x7FFF].map {
                Float(bitPattern: $0)
            }
        }
        var y = [UInt16](repeating: 0, count: x.count)
        kernels.run.bfloat_from_float(x.count, x, &y)
        for (index, value) in x.enumerated() {
            if value.isNaN {
                if y[index] & 0x7FFF <= 0x7F80 { Issue.record("NaN became \(y[index])") }
                continue
            }
            let expected = Self.nearest(value, { Float(bitPattern: UInt32($0) << 16) }, infinity: 0x7F80)
            if y[index] != expected { Issue.record("\(value): got \(y[index]), want \(expected)") }
        }
    }

    @Test("write [n] and nothing else", arguments: KernelSet.all, kernelSizes)
    func bounds(kernels: KernelSet, count: Int) {
        let floats = (0..<count).map { Float($0) / 8 }
        var shorts = [UInt16](repeating: 0xABCD, count: count + 20)
        var back = [Float](repeating: -9, count: count + 20)
        for isHalf in [true, false] {
            // A small bfloat16 number can represent fewer of these eighths exactly than a half-precision number.
            let values = isHalf ? floats.map { $0.truncatingRemainder(dividingBy: 16) } : floats.map { _ in 0.75 }
            if isHalf {
                kernels.run.half_from_float(count, values, &shorts)
                kernels.run.float_from_half(count, shorts, &back)
            } else {
                kernels.run.bfloat_from_float(count, values, &shorts)
                kernels.run.float_from_bfloat(count, shorts, &back)
            }
            #expect(Array(back.prefix(count)) == values)
            #expect(shorts.suffix(20).allSatisfy { $0 == 0xABCD } && back.suffix(20).allSatisfy { $0 == -9 })
        }
    }
}

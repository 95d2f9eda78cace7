#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The elements of two results of the same shape and type, in host memory.
struct ElementPairs {
    let got: HostBuffer
    let want: HostBuffer
    let elementType: ElementType

    /// A pair that differs, with its row-major index.
    struct Mismatch {
        let place: Int
        let got: Double
        let want: Double
        let tolerance: Double
    }

    /// Whether the results are bitwise equal.
    var areSame: Bool {
        guard got.count == want.count else { return false }
        return unsafe got.withUnsafeBytes { a in
            unsafe want.withUnsafeBytes { b in
                guard let x = a.baseAddress, let y = b.baseAddress else { return true }
                return unsafe memcmp(x, y, a.count) == 0
            }
        }
    }

    /// Returns the first pairs that differ by more than the tolerance, and their total number.
    func mismatches(_ limit: Int, tolerance: Tolerance) -> (first: [Mismatch], total: Int) {
        var first: [Mismatch] = []
        var total = 0
        forEach { place, got, want in
            guard got != want, !tolerance.accepts(got, for: want) else { return }
            total += 1
            if first.count < limit {
                first.append(Mismatch(place: place, got: got, want: want, tolerance: tolerance.bound(for: want)))
            }
        }
        return (first, total)
    }

    /// The greatest finite magnitude in `want`; 0 if there is none.
    var largestMagnitude: Double {
        var largest = 0.0
        forEach { _, _, want in
            if want.isFinite { largest = max(largest, abs(want)) }
        }
        return largest
    }

    private func forEach(_ body: (Int, Double, Double) -> Void) {
        switch elementType {
        case .float32: pairs(of: Float.self, body) { Double($0) }
        case .float64: pairs(of: Double.self, body) { $0 }
        case .float16: pairs(of: UInt16.self, body) { Double(HalfPrecision.float(fromFloat16: $0)) }
        case .bfloat16: pairs(of: UInt16.self, body) { Double(HalfPrecision.float(fromBfloat16: $0)) }
        case .int8: pairs(of: Int8.self, body) { Double($0) }
        case .uint8, .bool: pairs(of: UInt8.self, body) { Double($0) }
        case .int32: pairs(of: Int32.self, body) { Double($0) }
        case .int64: pairs(of: Int64.self, body) { Double($0) }
        }
    }

    private func pairs<Element: BitwiseCopyable>(
        of type: Element.Type, _ body: (Int, Double, Double) -> Void, value: (Element) -> Double
    ) {
        got.withElements(of: type) { got in
            want.withElements(of: type) { want in
                for place in got.indices { body(place, value(got[place]), value(want[place])) }
            }
        }
    }
}

extension ElementPairs.Mismatch {
    /// Returns the mismatch with one index per axis.
    func placed(in shape: Shape) -> Divergence.Mismatch {
        var rest = place
        var index: [Int] = []
        for length in shape.reversed() {
            index.append(rest % length)
            rest /= length
        }
        return Divergence.Mismatch(index: index.reversed(), got: got, want: want, tolerance: tolerance)
    }
}

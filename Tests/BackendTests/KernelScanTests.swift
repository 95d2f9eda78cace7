import CBertKernels
import Testing

@Suite("Scan kernels")
struct KernelScanTests {
    private static let widths = [1, 3, 8, 13, 16, 17, 24, 64, 100, 384]
    /// Numbers around the number of rows and of queries that are processed together.
    private static let counts = [1, 3, 4, 5, 9]

    /// Compares the scores of rows and queries with double-precision dot products of the rows' components.
    private func check(
        _ kernels: KernelSet, width: Int, rows: Int, queries: Int, components: (Int, Int) -> Float,
        scan: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
    ) {
        var numbers = KernelNumbers(seed: UInt64(width * 100 + rows * 10 + queries))
        let q = (0..<queries * width).map { _ in Float(Int(numbers.next() % 2_001)) / 1_000 - 1 }
        var scores = GuardedMatrix(rows: rows, columns: queries)
        q.withUnsafeBufferPointer { q in
            guard let q = q.baseAddress else { return }
            let stride = scores.stride
            scores.write { scan(q, $0, stride) }
        }
        #expect(scores.isIntact)
        for row in 0..<rows {
            for query in 0..<queries {
                var (sum, size) = (0.0, 0.0)
                for k in 0..<width {
                    let product = Double(components(row, k)) * Double(q[query * width + k])
                    sum += product
                    size += product.magnitude
                }
                let difference = abs(Double(scores[row, query]) - sum)
                #expect(
                    difference <= 1e-6 * size + 1e-7, "\(kernels.name), width \(width), row \(row), query \(query)")
            }
        }
    }

    @Test("score float32 rows", arguments: KernelSet.all)
    func floats(kernels: KernelSet) {
        for width in Self.widths {
            for rows in Self.counts {
                let x = GuardedMatrix(rows: rows, columns: width) { Float(($0 * 31 + $1 * 17) % 101) / 50 - 1 }
                for queries in Self.counts {
                    check(kernels, width: width, rows: rows, queries: queries) {
                        x[$0, $1]
                    } scan: { q, y, stride in
                        x.read { kernels.run.scan_floats(rows, width, $0, x.stride, queries, q, y, stride) }
                    }
                }
            }
        }
    }

    @Test("score rows of bytes", arguments: KernelSet.all, [0, 0x80] as [UInt8])
    func bytes(kernels: KernelSet, flip: UInt8) {
        for width in Self.widths {
            let (starts, sizes) = (
                (0..<width).map { Float($0 % 7) / 10 - 0.3 }, (0..<width).map { Float($0 % 5) / 300 }
            )
            for (rows, queries) in zip(Self.counts, Self.counts.reversed()) {
                let x = (0..<rows * width).map { UInt8(truncatingIfNeeded: $0 * 67 + $0 / 5) }
                func component(_ row: Int, _ k: Int) -> Float {
                    starts[k] + min(Float(x[row * width + k] ^ flip) + 0.5, 255) * sizes[k]
                }
                check(kernels, width: width, rows: rows, queries: queries, components: component) { q, y, stride in
                    kernels.run.scan_bytes(rows, width, x, width, flip, starts, sizes, queries, q, y, stride)
                }
                var widened = GuardedMatrix(columns: width)
                widened.write { kernels.run.widen_steps(width, x, flip, starts, sizes, $0) }
                #expect(widened.isIntact)
                for k in 0..<width { #expect(widened[0, k] == component(0, k), "\(kernels.name), width \(width)") }
            }
        }
    }

    @Test("score rows of bits", arguments: KernelSet.all, [0, 0x80] as [UInt8])
    func bits(kernels: KernelSet, flip: UInt8) {
        for width in Self.widths {
            let stored = (width + 7) / 8
            for (rows, queries) in zip(Self.counts, Self.counts.reversed()) {
                let x = (0..<rows * stored).map { UInt8(truncatingIfNeeded: $0 * 67 + $0 / 5 + 1) }
                check(kernels, width: width, rows: rows, queries: queries) { row, k in
                    (x[row * stored + k / 8] ^ flip) & 0x80 >> (k % 8) != 0 ? 1 : -1
                } scan: { q, y, stride in
                    kernels.run.scan_bits(rows, width, x, stored, flip, queries, q, y, stride)
                }
            }
        }
    }

    @Test("count the differences of bits, weighted by planes", arguments: KernelSet.all)
    func planes(kernels: KernelSet) {
        var numbers = KernelNumbers(seed: 5)
        for bytes in [1, 2, 7, 8, 9, 48, 63, 64, 65, 96, 128, 131] {
            let words = (bytes + 7) / 8
            for (rows, queries) in zip(Self.counts, Self.counts.reversed()) {
                let stride = bytes + 3
                let x = (0..<rows * stride).map { _ in UInt8(numbers.next() % 256) }
                // The planes are 0 beyond the bytes of a row; the signs needn't be.
                let q = (0..<queries * 5 * words).map { index -> UInt64 in
                    let word = UInt64(truncatingIfNeeded: numbers.next()) &* 0x9e37_79b9_7f4a_7c15
                    let left = bytes - index % words * 8
                    return index / words % 5 == 0 || left >= 8 ? word : word & (1 << (8 * left) - 1)
                }
                var y = [UInt32](repeating: 7, count: rows * (queries + 1))
                kernels.run.scan_planes(rows, bytes, x, stride, queries, q, &y, queries + 1)
                for row in 0..<rows {
                    for query in 0..<queries {
                        var sum = 0
                        for byte in 0..<bytes {
                            func part(_ sequence: Int) -> UInt8 {
                                let word = q[(query * 5 + sequence) * words + byte / 8]
                                return UInt8(truncatingIfNeeded: word >> (8 * (byte % 8)))
                            }
                            let other = x[row * stride + byte] ^ part(0)
                            for plane in 0..<4 { sum += (other & part(1 + plane)).nonzeroBitCount << plane }
                        }
                        #expect(Int(y[row * (queries + 1) + query]) == sum, "\(kernels.name), \(bytes) bytes")
                    }
                    #expect(y[row * (queries + 1) + queries] == 7)
                }
            }
        }
    }

    @Test("give quantized rows the scores of their components", arguments: KernelSet.all)
    func equalScores(kernels: KernelSet) {
        let (rows, width, queries) = (5, 45, 3)
        var numbers = KernelNumbers(seed: 3)
        let q = (0..<queries * width).map { _ in Float(Int(numbers.next() % 2_001)) / 1_000 - 1 }
        let bytes = (0..<rows * width).map { _ in UInt8(numbers.next() % 256) }
        let (starts, sizes) = ((0..<width).map { Float($0) / 10 - 2 }, (0..<width).map { Float($0 + 1) / 3_000 })
        var components = [Float](repeating: 0, count: rows * width)
        for row in 0..<rows {
            let part = Array(bytes[row * width..<(row + 1) * width])
            var line = [Float](repeating: 0, count: width)
            kernels.run.widen_steps(width, part, 0, starts, sizes, &line)
            components.replaceSubrange(row * width..<(row + 1) * width, with: line)
        }
        func scores(_ scan: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
            [Float](unsafeUninitializedCapacity: rows * queries) { scores, count in
                if let start = scores.baseAddress { scan(start) }
                count = rows * queries
            }
        }
        let quantized = scores {
            kernels.run.scan_bytes(rows, width, bytes, width, 0, starts, sizes, queries, q, $0, queries)
        }
        #expect(
            quantized == scores { kernels.run.scan_floats(rows, width, components, width, queries, q, $0, queries) })
        let stored = (width + 7) / 8
        let signs = (0..<rows * width).map {
            bytes[$0 / width * stored + $0 % width / 8] & 0x80 >> ($0 % width % 8) != 0
        }
        .map { $0 ? Float(1) : -1 }
        let ofBits = scores { kernels.run.scan_bits(rows, width, bytes, stored, 0, queries, q, $0, queries) }
        #expect(ofBits == scores { kernels.run.scan_floats(rows, width, signs, width, queries, q, $0, queries) })
    }
}

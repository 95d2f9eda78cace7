/// A normalized text.
struct NormalizedText: ScalarSink {
    /// The normalized text in UTF-8.
    private(set) var bytes: [UInt8] = []
    /// The source of each byte in the original text.
    private var starts: [UInt32] = []
    private var ends: [UInt32] = []

    /// Normalizes a part of a text.
    init(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ normalizer: BertNormalizer) {
        bytes.reserveCapacity(range.count)
        starts.reserveCapacity(range.count)
        ends.reserveCapacity(range.count)
        guard let base = text.baseAddress else { return }
        var run = CombiningRun()
        var i = range.lowerBound
        while i < range.upperBound {
            let (scalar, length) = UTF8Reader.scalar(base, at: i)
            normalizer.normalize(scalar, i, i + length, &run, into: &self)
            i += length
        }
        normalizer.finish(&run, into: &self)
    }

    mutating func take(_ scalar: UInt32, _ start: Int, _ end: Int) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4) { room in
            guard let base = room.baseAddress else { return }
            let width = UTF8Reader.write(scalar, to: base)
            for i in 0..<width {
                bytes.append(base[i])
                starts.append(UInt32(truncatingIfNeeded: start))
                ends.append(UInt32(truncatingIfNeeded: end))
            }
        }
    }

    /// Returns the source of a nonempty range in the original text.
    func source(_ range: Range<Int>) -> Range<Int> {
        let start = Int(starts[range.lowerBound])
        return start..<max(start, Int(ends[range.upperBound - 1]))
    }
}

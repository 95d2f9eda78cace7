/// A part of a text in a pipeline, with the source range in the original text for each byte.
struct AlignedText {
    /// The text in valid UTF-8.
    var bytes: [UInt8] = []
    /// The start of each byte's source in the original text. All bytes of a scalar have the same value.
    var starts: [UInt32] = []
    /// The end of each byte's source in the original text.
    var ends: [UInt32] = []
    /// The start of the part in the original text.
    var origin: UInt32 = 0

    var count: Int { bytes.count }

    /// Whether all bytes are below 128.
    var isASCII: Bool { bytes.withUnsafeBufferPointer { UTF8Reader.isASCII($0) } }

    /// Removes the contents and keeps the capacity.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    mutating func reserve(_ count: Int) {
        bytes.reserveCapacity(count)
        starts.reserveCapacity(count)
        ends.reserveCapacity(count)
    }

    /// Replaces the contents with an unmodified part of a text.
    mutating func load(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
        removeAll()
        reserve(range.count)
        origin = UInt32(truncatingIfNeeded: range.lowerBound)
        bytes.append(contentsOf: text[range])
        var i = range.lowerBound
        while i < range.upperBound {
            let width = UTF8Reader.width(text[i])
            for _ in 0..<width {
                starts.append(UInt32(truncatingIfNeeded: i))
                ends.append(UInt32(truncatingIfNeeded: i + width))
            }
            i += width
        }
    }

    /// Appends a scalar whose source is `start..<end` in the original text.
    @inline(__always)
    mutating func append(_ scalar: UInt32, _ start: UInt32, _ end: UInt32) {
        if scalar < 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: scalar))
            starts.append(start)
            ends.append(end)
            return
        }
        var units: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &units) { room in
            guard let base = room.assumingMemoryBound(to: UInt8.self).baseAddress else { return }
            for i in 0..<UTF8Reader.write(scalar, to: base) {
                bytes.append(base[i])
                starts.append(start)
                ends.append(end)
            }
        }
    }

    /// Appends a range of another text with its sources.
    mutating func append(_ other: borrowing AlignedText, _ range: Range<Int>) {
        bytes += other.bytes[range]
        starts += other.starts[range]
        ends += other.ends[range]
    }

    /// Returns the scalar that starts at a byte.
    @inline(__always)
    func scalar(at index: Int) -> (scalar: UInt32, length: Int) {
        bytes.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return (0, 1) }
            return UTF8Reader.scalar(base, at: index)
        }
    }
}

extension UTF8Reader {
    /// Returns the number of bytes in the scalar that starts with `byte`.
    @inline(__always)
    static func width(_ byte: UInt8) -> Int {
        byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
    }
}

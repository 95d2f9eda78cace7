/// A converter from offsets in UTF-8 bytes to offsets in Unicode scalars.
public struct OffsetConverter: Sendable {
    /// The index of the scalar at each byte, followed by the number of scalars; nil for ASCII texts, where both are the
    /// same.
    private let scalarIndices: [Int32]?

    /// Creates a converter for a text of less than 2 GB.
    public init(_ text: String) {
        var text = text
        self = text.withUTF8 { OffsetConverter(utf8: $0) }
    }

    /// Creates a converter for a text in valid UTF-8 of less than 2 GB.
    public init(utf8 text: UnsafeBufferPointer<UInt8>) {
        guard text.contains(where: { $0 >= 0x80 }) else {
            scalarIndices = nil
            return
        }
        var indices: [Int32] = []
        indices.reserveCapacity(text.count + 1)
        var index: Int32 = -1
        for byte in text {
            if byte & 0xC0 != 0x80 { index &+= 1 }
            indices.append(index)
        }
        indices.append(index &+ 1)
        scalarIndices = indices
    }

    /// Returns the index of the scalar that contains the byte at `offset`, or the number of scalars at or beyond the
    /// end.
    public func scalarOffset(_ offset: Int) -> Int {
        guard let scalarIndices else { return offset }
        return Int(scalarIndices[max(0, min(offset, scalarIndices.count - 1))])
    }

    /// Converts a range of bytes to a range of scalars.
    public func scalarRange(_ range: Range<Int>) -> Range<Int> {
        scalarOffset(range.lowerBound)..<scalarOffset(range.upperBound)
    }
}

extension Encoding {
    /// Returns the range of each token in its text, in Unicode scalars; `0..<0` for special tokens and padding.
    ///
    /// `text` and `pair` must be the encoded texts.
    public func scalarOffsets(in text: String, pair: String? = nil) -> [Range<Int>] {
        let first = OffsetConverter(text)
        let second = pair.map { OffsetConverter($0) }
        return zip(offsets, sequenceIDs).map { range, sequence in
            switch sequence {
            case 0: first.scalarRange(range)
            case 1: second?.scalarRange(range) ?? range
            default: range
            }
        }
    }

    /// Returns the range of each token in its text, in indices of the `String`; nil for special tokens and padding.
    ///
    /// `text` and `pair` must be the encoded texts.
    public func ranges(in text: String, pair: String? = nil) -> [Range<String.Index>?] {
        zip(offsets, sequenceIDs).map { range, sequence in
            guard let sequence, let source = sequence == 0 ? text : pair else { return nil }
            let (start, end) = (source.utf8.startIndex, source.utf8.endIndex)
            func index(_ offset: Int) -> String.Index {
                source.utf8.index(start, offsetBy: offset, limitedBy: end) ?? end
            }
            return index(range.lowerBound)..<index(range.upperBound)
        }
    }
}

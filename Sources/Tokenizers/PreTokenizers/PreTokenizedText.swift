/// A part of a text and its splits.
struct PreTokenizedText {
    var text = AlignedText()
    /// The byte ranges that are kept, in order and nonempty.
    var splits: [Range<Int>] = []
    /// Buffers for the next text and splits.
    private var spareText = AlignedText()
    private var spareSplits: [Range<Int>] = []

    /// Calls `body` with each split. It appends the splits that replace it.
    mutating func forEachSplit(_ body: (UnsafeBufferPointer<UInt8>, Range<Int>, inout [Range<Int>]) -> Void) {
        spareSplits.removeAll(keepingCapacity: true)
        text.bytes.withUnsafeBufferPointer { bytes in
            for split in splits { body(bytes, split, &spareSplits) }
        }
        swap(&splits, &spareSplits)
    }

    /// Calls `body` with the old text, each of its splits, and the new text and splits to append to.
    mutating func rewriteSplits(
        _ body: (borrowing AlignedText, Range<Int>, inout AlignedText, inout [Range<Int>]) -> Void
    ) {
        spareText.removeAll()
        spareText.reserve(text.count + 16)
        spareText.origin = text.origin
        spareSplits.removeAll(keepingCapacity: true)
        for split in splits { body(text, split, &spareText, &spareSplits) }
        swap(&text, &spareText)
        swap(&splits, &spareSplits)
    }

    /// Applies the steps of a normalizer to the whole text.
    mutating func normalize(_ steps: [NormalizerStep]) {
        for step in steps { step.apply(to: &text, &spareText) }
    }
}

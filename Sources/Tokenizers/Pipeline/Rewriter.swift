/// A writer that replaces the scalars of a text and keeps track of their sources.
///
/// Corresponds to `NormalizedString.transform` in Hugging Face `tokenizers`. Each new scalar has a change: 0 if it
/// replaces the next old scalar, 1 if it is inserted after the previous one, and -n if it replaces the next old scalar
/// and the n scalars after that are removed.
struct Rewriter {
    private let old: AlignedText
    /// The offset in the old text of the next byte to replace.
    private var position: Int
    private(set) var new: AlignedText

    /// Creates a rewriter for `old` without its first `dropped` bytes. `room` provides a buffer for the result.
    init(_ old: AlignedText, dropping dropped: Int = 0, into room: consuming AlignedText) {
        self.old = old
        position = dropped
        new = room
        new.removeAll()
        new.reserve(old.count)
        new.origin = old.origin
    }

    @inline(__always)
    mutating func append(_ scalar: UInt32, change: Int) {
        if change > 0 {
            if position < 1 {
                new.append(scalar, old.origin, old.origin)
            } else {
                new.append(scalar, old.starts[position - 1], old.ends[position - 1])
            }
            return
        }
        guard position < old.count else {
            let end = old.ends.last ?? old.origin
            return new.append(scalar, end, end)
        }
        new.append(scalar, old.starts[position], old.ends[position])
        position += UTF8Reader.width(old.bytes[position])
        var dropped = change
        while dropped < 0, position < old.count {
            position += UTF8Reader.width(old.bytes[position])
            dropped += 1
        }
    }
}

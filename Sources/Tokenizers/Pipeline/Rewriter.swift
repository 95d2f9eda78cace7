/// Writes the scalars of a text anew and computes the source of each.
///
/// Mirrors `NormalizedString.transform` of Hugging Face `tokenizers`: each new scalar comes with a change, which is 0 if it
/// takes the place of the next old one, 1 if it is put in after the last, and -n if it takes the place of the next old one
/// and the n after that are dropped.
struct Rewriter {
    private let old: AlignedText
    /// The byte of the old text that has not been replaced yet.
    private var position: Int
    private(set) var new: AlignedText

    /// Begins with `old`, of which the first `dropped` bytes are left out; `room` is reused for the result.
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

/// The windows over a text or a pair: the encoding and its overflow.
struct Windows {
    /// The windows over each text. The first one belongs to the encoding itself.
    var first: [Range<Int>]
    var second: [Range<Int>]

    /// Truncates texts with `counts` tokens to `limit` in total, like Hugging Face `tokenizers`.
    init(counts: (Int, Int), isPair: Bool, limit: Int, options: EncodingOptions, side: Side) throws(TokenizerError) {
        let (a, b) = counts
        var (keepA, keepB) = counts
        let excess = a + b - limit
        if excess > 0 {
            switch options.truncation {
            case .error, .doNotTruncate:
                break
            case .longestFirst where !isPair:
                keepA = limit
            case .longestFirst:
                (keepA, keepB) = Self.longestFirst(a, b, limit: limit)
            case .onlyFirst, .onlySecond:
                let isFirst = options.truncation == .onlyFirst
                let target = isFirst ? a : b
                guard target > excess else {
                    let which = isFirst ? "first" : "second"
                    throw TokenizerError(
                        .truncationImpossible,
                        "\(excess) tokens must be removed, but the \(which) text, the only one that may be truncated, has \(target); use \(Truncation.longestFirst.rawValue), or a larger maximum length",
                        key: which, value: .int(target), limit: .int(excess + 1))
                }
                if isFirst { keepA = a - excess } else { keepB = b - excess }
            }
        }
        first = try Self.windows(over: a, size: keepA, options, side)
        second = try Self.windows(over: b, size: keepB, options, side)
    }

    private static func longestFirst(_ a: Int, _ b: Int, limit: Int) -> (Int, Int) {
        var (short, long) = (min(a, b), max(a, b))
        // As in `tokenizers`, the shorter text isn't truncated as long as truncating the longer one is sufficient.
        long = short > limit ? short : max(short, limit - short)
        if short + long > limit {
            short = limit / 2
            long = short + limit % 2
        }
        return a > b ? (long, short) : (short, long)
    }

    private static func windows(over count: Int, size: Int, _ options: EncodingOptions, _ side: Side)
        throws(TokenizerError) -> [Range<Int>]
    {
        if size >= count { return [0..<count] }
        // No tokens are kept, so all of them are overflow.
        if size == 0 { return [0..<0, 0..<count] }
        guard options.stride < size else {
            throw TokenizerError(
                .truncationImpossible,
                "must be less than the window size of \(size) tokens; use a smaller stride or a larger maximum length",
                key: "stride", value: .int(options.stride), limit: .int(size - 1))
        }
        let step = size - options.stride
        var windows: [Range<Int>] = []
        switch side {
        case .right:
            var start = 0
            repeat {
                windows.append(start..<min(start + size, count))
                start += step
            } while windows[windows.count - 1].upperBound < count
        case .left:
            var end = count
            repeat {
                windows.append(max(0, end - size)..<end)
                end -= step
            } while windows[windows.count - 1].lowerBound > 0
        }
        return windows
    }
}

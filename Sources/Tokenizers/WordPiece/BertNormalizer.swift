/// A consumer of the scalars of a normalized text.
protocol ScalarSink: ~Copyable {
    /// Processes a scalar. `start..<end` is its byte range in the original text.
    mutating func take(_ scalar: UInt32, _ start: Int, _ end: Int)
}

/// BERT's normalizer: cleaning, spaces around ideographs, stripping of accents and lower case, in this order.
///
/// Corresponds to `BertNormalizer` in Hugging Face `tokenizers`, which applies each step to the whole text. This
/// implementation applies all steps to each scalar. The only difference would be canonical ordering, which reorders
/// combining marks, so marks are collected in a `CombiningRun` until the next starter.
public struct BertNormalizer: Sendable, Hashable {
    /// Whether to remove control characters and replace all white space by spaces.
    public var cleansText: Bool
    /// Whether to add spaces around CJK ideographs, so that each is a word of its own.
    public var splitsChineseCharacters: Bool
    /// Whether to decompose (NFD) and remove nonspacing marks (Mn).
    public var stripsAccents: Bool { givenStripsAccents ?? lowercases }
    /// Whether to convert to lower case, scalar by scalar, regardless of context and language.
    public var lowercases: Bool
    /// The specified setting; nil means the value of `lowercases`.
    var givenStripsAccents: Bool?

    /// Creates a normalizer, by default for uncased models. If `stripsAccents` is nil, the value of `lowercases` is
    /// used.
    public init(
        cleansText: Bool = true, splitsChineseCharacters: Bool = true, stripsAccents: Bool? = nil,
        lowercases: Bool = true
    ) {
        self.cleansText = cleansText
        self.splitsChineseCharacters = splitsChineseCharacters
        givenStripsAccents = stripsAccents
        self.lowercases = lowercases
    }

    private static let space: UInt32 = 0x20

    /// Normalizes a scalar.
    @inline(__always)
    func normalize<Sink: ScalarSink & ~Copyable>(
        _ scalar: UInt32, _ start: Int, _ end: Int, _ run: inout CombiningRun, into sink: inout Sink
    ) {
        let entry = UnicodeTable.shared[scalar]
        if entry.isInert, !Self.isHangul(scalar) {
            if !run.isEmpty { finish(&run, into: &sink) }
            run.sourceOfLast = (start, end)
            return sink.take(scalar, start, end)
        }
        var scalar = scalar
        if cleansText {
            if entry.isRemoved { return }
            if entry.isWhitespace { scalar = Self.space }
        }
        if splitsChineseCharacters, entry.isChinese {
            decompose(Self.space, start, end, &run, into: &sink)
            decompose(scalar, start, end, &run, into: &sink)
            decompose(Self.space, start, end, &run, into: &sink)
        } else {
            decompose(scalar, start, end, &run, into: &sink)
        }
    }

    /// Outputs the collected marks. Call this at the end of the text.
    @inline(never)
    func finish<Sink: ScalarSink & ~Copyable>(_ run: inout CombiningRun, into sink: inout Sink) {
        run.drain { scalar, start, end in
            if !UnicodeTable.shared[scalar].isMark { lowercase(scalar, start, end, into: &sink) }
        }
    }

    private static func isHangul(_ scalar: UInt32) -> Bool { scalar &- 0xAC00 < 11172 }

    private func decompose<Sink: ScalarSink & ~Copyable>(
        _ scalar: UInt32, _ start: Int, _ end: Int, _ run: inout CombiningRun, into sink: inout Sink
    ) {
        guard stripsAccents else { return lowercase(scalar, start, end, into: &sink) }
        let entry = UnicodeTable.shared[scalar]
        let decomposition = UnicodeTable.shared.decomposition(entry)
        if Self.isHangul(scalar) {
            // The Unicode Standard, section 3.12.
            let index = scalar - 0xAC00
            order(0x1100 + index / 588, false, start, end, &run, into: &sink)
            order(0x1161 + index % 588 / 28, true, start, end, &run, into: &sink)
            if index % 28 != 0 { order(0x11A7 + index % 28, true, start, end, &run, into: &sink) }
        } else if decomposition.isEmpty {
            order(scalar, false, start, end, &run, into: &sink)
        } else {
            for i in decomposition.indices {
                order(decomposition[i], i > 0, start, end, &run, into: &sink)
            }
        }
    }

    private func order<Sink: ScalarSink & ~Copyable>(
        _ scalar: UInt32, _ isInserted: Bool, _ start: Int, _ end: Int, _ run: inout CombiningRun,
        into sink: inout Sink
    ) {
        let entry = UnicodeTable.shared[scalar]
        if entry.combiningClass != 0 {
            run.append(scalar, entry, isInserted: isInserted, (start, end))
            return
        }
        if !run.isEmpty { finish(&run, into: &sink) }
        run.sourceOfLast = (start, end)
        if !entry.isMark { lowercase(scalar, start, end, into: &sink) }
    }

    @inline(__always)
    private func lowercase<Sink: ScalarSink & ~Copyable>(
        _ scalar: UInt32, _ start: Int, _ end: Int, into sink: inout Sink
    ) {
        guard lowercases else { return sink.take(scalar, start, end) }
        let lowered = UnicodeTable.shared.lowercase(UnicodeTable.shared[scalar])
        if lowered.isEmpty { return sink.take(scalar, start, end) }
        for scalar in lowered { sink.take(scalar, start, end) }
    }
}

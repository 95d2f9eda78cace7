/// The normalization forms NFD, NFKD, NFC and NFKC (Unicode Standard Annex #15), with offsets.
struct CanonicalForm {
    let compatible: Bool
    let composed: Bool

    private struct Item {
        var scalar: UInt32
        var combiningClass: UInt8
        var change: Int
    }

    /// Writes the normalization form of `text`.
    func write(_ text: AlignedText, to rewriter: inout Rewriter) {
        var composer = Composer()
        var run: [Item] = []
        var i = 0
        while i < text.count {
            let (scalar, width) = text.scalar(at: i)
            i += width
            if scalar < 0x80, run.isEmpty {
                emit(Item(scalar: scalar, combiningClass: 0, change: 0), &composer, to: &rewriter)
                continue
            }
            decompose(scalar) { part, change in
                let item = Item(
                    scalar: part, combiningClass: UnicodeTable.shared[part].combiningClass, change: change)
                if item.combiningClass == 0 {
                    flush(&run, &composer, to: &rewriter)
                    emit(item, &composer, to: &rewriter)
                } else {
                    run.append(item)
                }
            }
        }
        flush(&run, &composer, to: &rewriter)
        composer.finish { rewriter.append($0.scalar, change: $0.change) }
    }

    private func decompose(_ scalar: UInt32, _ body: (UInt32, Int) -> Void) {
        if scalar &- 0xAC00 < 11172 {
            // The Unicode Standard, section 3.12.
            let index = scalar - 0xAC00
            body(0x1100 + index / 588, 0)
            body(0x1161 + index % 588 / 28, 1)
            if index % 28 != 0 { body(0x11A7 + index % 28, 1) }
            return
        }
        let table = UnicodeTable.shared
        let parts =
            compatible && UnicodeClasses.shared[scalar].contains(.isCompatible)
            ? UnicodeClasses.shared.compatibilityDecomposition(scalar) : table.decomposition(table[scalar])
        if parts.isEmpty { return body(scalar, 0) }
        for (index, part) in parts.enumerated() { body(part, index > 0 ? 1 : 0) }
    }

    private func flush(_ run: inout [Item], _ composer: inout Composer, to rewriter: inout Rewriter) {
        guard !run.isEmpty else { return }
        if run.count > 1 {
            // A stable counting sort, linear in the length of the run.
            var places = [Int](repeating: 0, count: 257)
            for item in run { places[Int(item.combiningClass) + 1] += 1 }
            for k in 1...256 { places[k] += places[k - 1] }
            var sorted = run
            for item in run {
                sorted[places[Int(item.combiningClass)]] = item
                places[Int(item.combiningClass)] += 1
            }
            run = sorted
        }
        for item in run { emit(item, &composer, to: &rewriter) }
        run.removeAll(keepingCapacity: true)
    }

    private func emit(_ item: Item, _ composer: inout Composer, to rewriter: inout Rewriter) {
        if composed {
            composer.append(item) { rewriter.append($0.scalar, change: $0.change) }
        } else {
            rewriter.append(item.scalar, change: item.change)
        }
    }

    /// Canonical composition (The Unicode Standard, section 3.11) of a decomposed text.
    private struct Composer {
        private var starter: Item?
        /// The scalars that couldn't be composed with the starter.
        private var blocked: [Item] = []

        mutating func append(_ item: Item, _ body: (Item) -> Void) {
            guard let first = starter else {
                if item.combiningClass != 0 { return body(item) }
                starter = item
                return
            }
            let isBlocked = blocked.last.map { $0.combiningClass >= item.combiningClass } ?? false
            if !isBlocked, let composite = UnicodeClasses.shared.composition(first.scalar, item.scalar) {
                starter = Item(scalar: composite, combiningClass: 0, change: first.change + item.change - 1)
            } else if item.combiningClass == 0 {
                finish(body)
                starter = item
            } else {
                blocked.append(item)
            }
        }

        mutating func finish(_ body: (Item) -> Void) {
            if let starter { body(starter) }
            blocked.forEach(body)
            starter = nil
            blocked.removeAll(keepingCapacity: true)
        }
    }
}

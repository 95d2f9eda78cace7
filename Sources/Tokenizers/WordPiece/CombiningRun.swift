/// Combining scalars since the last starter, waiting for canonical ordering (The Unicode Standard, section 3.11).
struct CombiningRun {
    private struct Item {
        let scalar: UInt32
        let combiningClass: UInt8
        /// Not the first scalar of its decomposition.
        let isInserted: Bool
    }

    private var items: [Item] = []
    /// The sources of the items that were not inserted, in the order of the text.
    private var sources: [(Int, Int)] = []
    /// Whether there is anything in the run that is not dropped with the accents.
    private var hasSurvivors = false
    /// The source of the last starter.
    var sourceOfLast = (0, 0)

    var isEmpty: Bool { items.isEmpty }

    mutating func append(
        _ scalar: UInt32, _ entry: UnicodeTable.Entry, isInserted: Bool, _ source: (Int, Int)
    ) {
        items.append(Item(scalar: scalar, combiningClass: entry.combiningClass, isInserted: isInserted))
        if !isInserted { sources.append(source) }
        if !entry.isMark { hasSurvivors = true }
    }

    /// Empties the run into `body` in canonical order.
    ///
    /// A scalar that was not inserted takes the place, and so the offsets, of the next one of the text, whichever that
    /// was before the ordering; an inserted one those of the one before it. So it is in `tokenizers`.
    mutating func drain(_ body: (UInt32, Int, Int) -> Void) {
        defer {
            items.removeAll(keepingCapacity: true)
            sources.removeAll(keepingCapacity: true)
            hasSurvivors = false
        }
        guard hasSurvivors else { return }
        if !zip(items, items.dropFirst()).allSatisfy({ $0.combiningClass <= $1.combiningClass }) {
            // A stable sort in linear time, however long the run.
            var places = [Int](repeating: 0, count: 257)
            for item in items { places[Int(item.combiningClass) + 1] += 1 }
            for k in 1...256 { places[k] += places[k - 1] }
            var sorted = items
            for item in items {
                sorted[places[Int(item.combiningClass)]] = item
                places[Int(item.combiningClass)] += 1
            }
            items = sorted
        }
        var source = sourceOfLast
        var next = 0
        for item in items {
            if !item.isInserted, next < sources.count {
                source = sources[next]
                next += 1
            }
            body(item.scalar, source.0, source.1)
        }
    }
}

/// The combining scalars since the last starter, collected for canonical ordering (The Unicode Standard, section 3.11).
struct CombiningRun {
    private struct Item {
        let scalar: UInt32
        let combiningClass: UInt8
        /// Whether this isn't the first scalar of its decomposition.
        let isInserted: Bool
    }

    private var items: [Item] = []
    /// The sources of the items that weren't inserted, in text order.
    private var sources: [(Int, Int)] = []
    /// Whether the run contains scalars that aren't removed with accents.
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

    /// Passes the scalars to `body` in canonical order, and clears the run.
    ///
    /// As in `tokenizers`, scalars that weren't inserted get the offsets of the original scalars in text order,
    /// regardless of the reordering. Inserted scalars get the offsets of the previous one.
    mutating func drain(_ body: (UInt32, Int, Int) -> Void) {
        defer {
            items.removeAll(keepingCapacity: true)
            sources.removeAll(keepingCapacity: true)
            hasSurvivors = false
        }
        guard hasSurvivors else { return }
        if !zip(items, items.dropFirst()).allSatisfy({ $0.combiningClass <= $1.combiningClass }) {
            // A stable counting sort, linear in the length of the run.
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

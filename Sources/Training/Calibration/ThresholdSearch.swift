#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds an entropy threshold for each layer by coordinate search.
///
/// What is maximised is the cost saved minus μ times the answers lost. One layer's threshold at a time is set to the best of
/// all there are, the others staying, until none changes. As the price μ of a lost answer falls, thresholds rise: that
/// gives the path from the safest to the fastest.
struct ThresholdSearch {
    private let data: ExitData
    private let costs: LayerCosts
    /// By layer, the texts from the lowest entropy to the highest.
    private let order: [[Int]]

    init(_ data: ExitData, _ costs: LayerCosts) {
        self.data = data
        self.costs = costs
        order = data.entropies.dropLast().map { entropies in
            entropies.indices.sorted { (entropies[$0], $0) < (entropies[$1], $1) }
        }
    }

    /// Thresholds of all layers but the last, `[settings][layers − 1]`, those that are the same left out; −1 where no text
    /// leaves. The first ones are parts of what the highest price gives, which loses no answer of these texts, but may
    /// lose some of others.
    func path() -> [[Float]] {
        var thresholds = [Float](repeating: -1, count: order.count)
        var path: [[Float]] = []
        // A lost answer costs as much as 300 to ¼ texts that go all the way.
        for step in 0..<60 {
            let price = 300 * pow(0.25 / 300, Double(step) / 59)
            for _ in 0..<8 {
                let before = thresholds
                for layer in order.indices { thresholds[layer] = best(layer, thresholds, price) }
                if thresholds == before { break }
            }
            if thresholds != path.last, thresholds.contains(where: { $0 > 0 }) { path.append(thresholds) }
        }
        let parts = (path.first ?? []).contains { $0 > 0 } ? (1..<20).map { Float($0) / 20 } : []
        return parts.map { part in path[0].map { $0 > 0 ? $0 * part : $0 } } + path
    }

    /// The best threshold of a layer, given the others.
    private func best(_ layer: Int, _ thresholds: [Float], _ price: Double) -> Float {
        let mean = Double(data.texts.reduce(0) { $0 + $1.tokens }) / Double(data.texts.count)
        let entropies = data.entropies[layer]
        var (sum, most, threshold) = (0.0, 0.0, Float(-1))
        // The best so far ends before the next text that would leave.
        var isOpen = false
        for text in order[layer] {
            // Where it leaves if not here; a text that left before doesn't count.
            guard let exit = exit(of: text, but: layer, thresholds) else { continue }
            if isOpen {
                // Equal entropies are on one side.
                threshold = midpoint(threshold, entropies[text])
                isOpen = false
            }
            let saved = (costs(exit) - costs(layer)) * Double(data.texts[text].tokens) / (costs.whole * mean)
            let lost = (data.isLost[layer][text] ? 1.0 : 0) - (data.isLost[exit][text] ? 1 : 0)
            sum += saved - price * lost
            if sum > most { (most, threshold, isOpen) = (sum, entropies[text], true) }
        }
        return isOpen ? threshold.nextUp : threshold
    }

    /// Between two entropies; just above the first if there is nothing between.
    private func midpoint(_ low: Float, _ high: Float) -> Float {
        let middle = low + (high - low) / 2
        return middle > low ? middle : low.nextUp
    }

    /// The off-ramp that a text takes if it doesn't take that of a layer; nil if it has left before it.
    private func exit(of text: Int, but layer: Int, _ thresholds: [Float]) -> Int? {
        for other in thresholds.indices where other != layer && data.entropies[other][text] < thresholds[other] {
            return other < layer ? nil : other
        }
        return data.layerCount
    }
}

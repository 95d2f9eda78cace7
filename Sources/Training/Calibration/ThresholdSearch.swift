#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A coordinate search for an entropy threshold of each layer.
///
/// It maximizes the saved cost minus μ times the number of lost answers. The threshold of one layer at a time is set to
/// the best possible value while the others are fixed, until no threshold changes. As the price μ of a lost answer
/// decreases, the thresholds increase. This results in a path from the safest to the fastest setting.
struct ThresholdSearch {
    private let data: ExitData
    private let costs: LayerCosts
    /// The texts in ascending order of entropy, by layer.
    private let order: [[Int]]

    init(_ data: ExitData, _ costs: LayerCosts) {
        self.data = data
        self.costs = costs
        order = data.entropies.dropLast().map { entropies in
            entropies.indices.sorted { (entropies[$0], $0) < (entropies[$1], $1) }
        }
    }

    /// Returns the distinct thresholds of all layers except the last, `[settings][layers − 1]`, with −1 for layers at
    /// which no text exits. The first settings are fractions of the thresholds for the highest price. At this price, no
    /// answer of these texts is lost, but answers of other texts may be.
    func path() -> [[Float]] {
        var thresholds = [Float](repeating: -1, count: order.count)
        var path: [[Float]] = []
        // The price of a lost answer is from 300 down to ¼ times the cost of a text that passes all layers.
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

    /// Returns the best threshold of a layer, given the others.
    private func best(_ layer: Int, _ thresholds: [Float], _ price: Double) -> Float {
        let mean = Double(data.texts.reduce(0) { $0 + $1.tokens }) / Double(data.texts.count)
        let entropies = data.entropies[layer]
        var (sum, most, threshold) = (0.0, 0.0, Float(-1))
        // The best threshold so far is below the entropy of the next text to exit.
        var isOpen = false
        for text in order[layer] {
            // The exit of the text without this layer. Texts that have already exited are ignored.
            guard let exit = exit(of: text, but: layer, thresholds) else { continue }
            if isOpen {
                // Equal entropies are on the same side of the threshold.
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

    /// Returns the midpoint of two entropies, or the number after the first if there is none between them.
    private func midpoint(_ low: Float, _ high: Float) -> Float {
        let middle = low + (high - low) / 2
        return middle > low ? middle : low.nextUp
    }

    /// Returns the off-ramp at which a text exits if it doesn't exit at the given layer, or nil if it exits earlier.
    private func exit(of text: Int, but layer: Int, _ thresholds: [Float]) -> Int? {
        for other in thresholds.indices where other != layer && data.entropies[other][text] < thresholds[other] {
            return other < layer ? nil : other
        }
        return data.layerCount
    }
}

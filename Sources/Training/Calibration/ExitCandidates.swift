import BertModels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension ExitFamily {
    /// Returns the settings to try, from the safest to the fastest, or several such sequences to choose from. They are
    /// found on texts that aren't used to judge them.
    func sequences(_ data: ExitData, _ costs: LayerCosts) throws -> [[ExitPolicy]] {
        let layers = data.layerCount
        switch self {
        case .entropy:
            return [Self.quantiles(data.entropies.dropLast().flatMap(\.self)).map { Self.entropy($0, layers) }]
        case .confidence:
            guard data.labelCount > 2 else { return [] }
            let confidences = data.texts.flatMap { text in
                text.offRamps.map { Float(softmax($0).max() ?? 0) }
            }
            return [Self.quantiles(confidences.map { -$0 }).map { .confidence(-$0) }]
        case .entropyPerLayer:
            return [ThresholdSearch(data, costs).path().map { .entropy($0 + [-1]) }]
        case .patience:
            return [(1..<layers).reversed().map { .patience($0) }]
        case .entropyPatience:
            let thresholds = Self.quantiles(data.entropies.flatMap(\.self))
            return (2..<max(layers, 3)).prefix(4).map { count in
                thresholds.map { .entropyPatience($0, layers: count) }
            }
        case .score:
            let score = try ExitScore(fittedTo: data)
            var thresholds: [Double] = []
            for layer in 0..<layers - 1 {
                thresholds += data.texts.indices.map { score.probability(of: $0, after: layer, in: data) }
            }
            return [
                Self.quantiles(thresholds.map { Float(-$0) }).map {
                    var score = score
                    score.threshold = Double(-$0)
                    return .score(score)
                }
            ]
        case .fixedLayer:
            return [(1..<layers).reversed().map { .fixedLayer($0) }]
        }
    }

    /// Returns a policy with the same threshold for all layers except the last. No text exits at the last off-ramp,
    /// because this saves nothing and the off-ramp may be untrained.
    private static func entropy(_ threshold: Float, _ layers: Int) -> ExitPolicy {
        .entropy(Array(repeating: threshold, count: layers - 1) + [-1])
    }

    /// Returns at most 250 thresholds in ascending order that divide the values into approximately equal parts. Each
    /// threshold is between two values.
    private static func quantiles(_ values: [Float]) -> [Float] {
        let sorted = values.sorted()
        var thresholds: [Float] = []
        for step in 1...250 {
            let place = (sorted.count * step) / 250
            guard place > 0 else { continue }
            let (below, above) = (sorted[place - 1], place < sorted.count ? sorted[place] : sorted[place - 1])
            let threshold = place < sorted.count ? below + (above - below) / 2 : below.nextUp
            // Equal values are on the same side of a threshold.
            if below < threshold, threshold > thresholds.last ?? -.infinity { thresholds.append(threshold) }
        }
        return thresholds
    }
}

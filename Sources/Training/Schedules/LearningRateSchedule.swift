#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How the learning rate changes over the steps: `lr_scheduler_type` of `transformers`.
public enum ScheduleKind: String, Sendable, CaseIterable {
    /// Down to 0 in a straight line.
    case linear
    /// Down to 0 along half a cosine.
    case cosine
    /// The same for all steps, warm-up or not.
    case constant
    /// The same for all steps after the warm-up.
    case constantWithWarmup = "constant_with_warmup"
    /// Down to 1e-7 along a power, which is 1.
    case polynomial
}

/// The learning rate of each step (`transformers.optimization`).
///
/// With a warm-up the first step's rate is 0.
public struct LearningRateSchedule: Sendable, Hashable {
    /// The shape.
    public let kind: ScheduleKind
    /// The greatest rate.
    public let peak: Double
    /// How many steps the rate rises in a straight line.
    public let warmupSteps: Int
    /// How many steps there are.
    public let totalSteps: Int

    /// A schedule.
    public init(_ kind: ScheduleKind, peak: Double, warmupSteps: Int, totalSteps: Int) {
        self.kind = kind
        self.peak = peak
        self.warmupSteps = warmupSteps
        self.totalSteps = totalSteps
    }

    /// The rate of a step.
    ///
    /// - Parameter step: counted from 0.
    public func rate(_ step: Int) -> Double { peak * factor(step) }

    private func factor(_ step: Int) -> Double {
        let (step, warmup, total) = (Double(step), Double(warmupSteps), Double(totalSteps))
        if kind == .constant { return 1 }
        if step < warmup { return step / max(1, warmup) }
        let progress = (step - warmup) / max(1, total - warmup)
        switch kind {
        case .constant, .constantWithWarmup: return 1
        case .linear: return max(0, (total - step) / max(1, total - warmup))
        case .cosine: return max(0, 0.5 * (1 + cos(.pi * progress)))
        case .polynomial:
            let end = 1e-7
            if step > total { return end / peak }
            return ((peak - end) * (1 - progress) + end) / peak
        }
    }
}

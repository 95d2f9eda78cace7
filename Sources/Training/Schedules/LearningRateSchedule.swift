#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The shape of a learning rate schedule: `lr_scheduler_type` of `transformers`.
public enum ScheduleKind: String, Sendable, CaseIterable {
    /// Linear decay to 0.
    case linear
    /// Cosine decay to 0.
    case cosine
    /// A constant rate for all steps, even if there is a warmup.
    case constant
    /// A constant rate after the warmup.
    case constantWithWarmup = "constant_with_warmup"
    /// Polynomial decay to 1e-7 with a power of 1.
    case polynomial
}

/// The learning rate of each step (`transformers.optimization`).
///
/// With a warmup, the rate of the first step is 0.
public struct LearningRateSchedule: Sendable, Hashable {
    /// The shape of the schedule.
    public let kind: ScheduleKind
    /// The maximum rate.
    public let peak: Double
    /// The number of steps with a linearly increasing rate.
    public let warmupSteps: Int
    /// The total number of steps.
    public let totalSteps: Int

    /// Creates a schedule.
    public init(_ kind: ScheduleKind, peak: Double, warmupSteps: Int, totalSteps: Int) {
        self.kind = kind
        self.peak = peak
        self.warmupSteps = warmupSteps
        self.totalSteps = totalSteps
    }

    /// Returns the rate of a step.
    ///
    /// - Parameter step: The number of the step, counted from 0.
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

/// The priority of a backend for `auto` in each precision. `auto` selects the available backend with the highest
/// priority.
///
/// The priority on a processor is constant. It is based on earlier measurements, and the program doesn't measure
/// anything itself. Hosts with the same processor and libraries therefore select the same backend. oneDNN has 300,
/// OpenBLAS 200, the reference 0, and `simd` up to 350, depending on the instruction set and the precision.
public struct BackendPriority: Sendable, Hashable, ExpressibleByIntegerLiteral {
    /// The priority in float32.
    public var float32: Int
    /// The priority in bfloat16.
    public var bfloat16: Int
    /// The priority in int8.
    public var int8: Int

    /// Creates a priority for each precision.
    public init(float32: Int, bfloat16: Int, int8: Int) {
        self.float32 = float32
        self.bfloat16 = bfloat16
        self.int8 = int8
    }

    /// Creates the same priority for all precisions.
    public init(_ priority: Int) { self.init(float32: priority, bfloat16: priority, int8: priority) }

    /// Creates the same priority for all precisions.
    public init(integerLiteral priority: Int) { self.init(priority) }

    /// The priority in a precision.
    public subscript(precision: Precision) -> Int {
        switch precision {
        case .float32: float32
        case .bfloat16: bfloat16
        case .int8: int8
        }
    }
}

import BertCore
import Testing

/// A backend that the operations are tried on.
struct TestedBackend: Sendable, CustomTestStringConvertible {
    let name: String
    let backend: any ComputeBackend
    var testDescription: String { name }

    static let names = ["reference", "openblas", "onednn"]

    /// Every backend that is available here, as it is and with nothing but its primitives.
    static let all: [TestedBackend] =
        names.flatMap { name in
            guard let backend = BackendRegistry.shared.status(of: name).backend else { return [TestedBackend]() }
            return [
                TestedBackend(name: name, backend: backend),
                TestedBackend(name: "\(name), primitives only", backend: PrimitivesOnly(of: backend)),
            ]
        } + openBLASVariants
}

/// A backend whose composites are the default ones, made of another backend's primitives.
struct PrimitivesOnly: ComputeBackend {
    private let base: any ComputeBackend
    let info: BackendInfo

    init(of base: any ComputeBackend) {
        self.base = base
        info = BackendInfo(name: "primitives of \(base.info.name)", threads: base.info.threads)
    }

    func upload(_ buffer: HostBuffer, shape: Shape, elementType: ElementType) throws -> Tensor {
        try base.upload(buffer, shape: shape, elementType: elementType)
    }
    func download(_ tensor: Tensor, into destination: UnsafeMutableRawBufferPointer) throws {
        try base.download(tensor, into: destination)
    }
    func matmul(_ a: Tensor, _ b: Tensor, transposeA: Bool, transposeB: Bool, scale: Float) throws -> Tensor {
        try base.matmul(a, b, transposeA: transposeA, transposeB: transposeB, scale: scale)
    }
    func binary(_ operation: BinaryOperation, _ a: Tensor, _ b: Tensor) throws -> Tensor {
        try base.binary(operation, a, b)
    }
    func unary(_ operation: UnaryOperation, _ a: Tensor) throws -> Tensor { try base.unary(operation, a) }
    func reduce(_ operation: Reduction, _ a: Tensor, axis: Int) throws -> Tensor {
        try base.reduce(operation, a, axis: axis)
    }
    func gatherRows(_ table: Tensor, indices: Tensor) throws -> Tensor {
        try base.gatherRows(table, indices: indices)
    }
    func scatterAddRows(_ rows: Tensor, indices: Tensor, rowCount: Int) throws -> Tensor {
        try base.scatterAddRows(rows, indices: indices, rowCount: rowCount)
    }
    func permute(_ a: Tensor, axes: [Int]) throws -> Tensor { try base.permute(a, axes: axes) }
    func slice(_ a: Tensor, axis: Int, range: Range<Int>) throws -> Tensor {
        try base.slice(a, axis: axis, range: range)
    }
    func concatenate(_ parts: [Tensor], axis: Int) throws -> Tensor { try base.concatenate(parts, axis: axis) }
    func cast(_ a: Tensor, to elementType: ElementType) throws -> Tensor { try base.cast(a, to: elementType) }
}

/// Numbers for a test: the same in every run.
struct Numbers {
    private var state: UInt64

    init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) }

    private mutating func next() -> UInt64 {
        // SplitMix64, https://prng.di.unimi.it/splitmix64.c
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Evenly spread over −1…1, times `scale`.
    mutating func floats(_ count: Int, scale: Float = 1) -> [Float] {
        (0..<count).map { _ in (Float(next() >> 40) / Float(1 << 23) - 1) * scale }
    }

    /// Whole numbers from −4 to 4: sums of thousands of their products are exact.
    mutating func wholeFloats(_ count: Int) -> [Float] { (0..<count).map { _ in Float(Int(next() % 9)) - 4 } }

    mutating func indices(_ count: Int, below limit: Int) -> [Int32] {
        (0..<count).map { _ in Int32(next() % UInt64(limit)) }
    }
}

/// A matrix or tensor in double precision, for results worked out by plain loops.
struct Expected {
    let shape: Shape
    var values: [Double]

    init(_ shape: Shape, _ value: (Int) -> Double) {
        self.shape = shape
        values = (0..<shape.elementCount).map(value)
    }

    /// Row by row, each as long as the last axis.
    init(_ shape: Shape, rows row: (Int) -> [Double]) {
        self.shape = shape
        values = (0..<shape.rowCount).flatMap(row)
    }

    init(_ shape: Shape, _ values: [Float]) { self.init(shape) { Double(values[$0]) } }
}

extension ComputeBackend {
    /// Compares a result with what it should be, |got − want| ≤ absolute + relative · |want|, and records the first
    /// positions where they differ.
    func expect(
        _ result: Tensor, equals want: Expected, absolute: Double = 1e-5, relative: Double = 1e-5,
        _ what: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try #require(result.shape == want.shape, "shape \(what())", sourceLocation: sourceLocation)
        let got = try floats(result)
        var failures: [String] = []
        for (index, (got, want)) in zip(got, want.values).enumerated() {
            let tolerance = absolute + relative * abs(want)
            let got = Double(got)
            if got == want || abs(got - want) <= tolerance || (got.isNaN && want.isNaN) { continue }
            failures.append("at \(index): got \(got), want \(want), difference \(got - want), tolerance \(tolerance)")
        }
        guard !failures.isEmpty else { return }
        let shown = failures.prefix(5).joined(separator: "\n  ")
        Issue.record(
            "\(info.name) \(what()): \(failures.count) of \(got.count) numbers of \(want.shape) differ\n  \(shown)",
            sourceLocation: sourceLocation)
    }

    func tensor(_ values: [Float], _ lengths: Int...) throws -> Tensor {
        try constant(values, shape: Shape(lengths))
    }
}

/// The code of the ``BertError`` that `body` throws.
func errorCode(_ body: () throws -> Void) -> BertError.Code? {
    do { try body() } catch { return (error as? BertError)?.code }
    return nil
}

@Suite("Backends that are tested")
struct TestedBackendTests {
    @Test("each is available, or its library was not found", arguments: TestedBackend.names)
    func reason(name: String) {
        guard let reason = BackendRegistry.shared.status(of: name).reason else { return }
        let excuses: [BackendUnavailableReason.Code] = [.libraryNotFound, .disabledByEnvironment, .notRegistered]
        #expect(name != "reference" && excuses.contains(reason.code), "\(name): \(reason)")
    }
}

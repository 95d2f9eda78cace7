import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A run of a case on a backend. Creates operands, checks results, and verifies that operands aren't modified and
/// nothing is written out of bounds.
final class Trial {
    let backend: any ComputeBackend
    /// The random numbers of the case.
    var numbers: Numbers
    private let tightened: [OperationKind: Tolerance]
    private let memory = MemoryGuard()
    private var operands: [Operand] = []
    private(set) var mismatches: [Mismatch] = []
    private(set) var mismatchCount = 0
    private(set) var messages: [String] = []
    /// Whether the case checked anything that a backend returning zeros would get wrong.
    private(set) var hasProved = false
    /// The greatest difference relative to its tolerance.
    private(set) var worst = 0.0

    init(_ backend: any ComputeBackend, _ conformanceCase: ConformanceCase) {
        self.backend = backend
        numbers = Numbers(seed: conformanceCase.seed, for: conformanceCase.id)
        tightened = conformanceCase.tightened
    }

    /// Runs the body of the case and the subsequent checks.
    func run(_ body: (Trial) throws -> Void) throws {
        try memory.watch {
            try body(self)
            for operand in operands { try check(operand) }
        }
        operands = []
        for damage in memory.damages.prefix(5) { fail("memory was written \(damage)") }
    }

    var passed: Bool { mismatches.isEmpty && messages.isEmpty }

    /// Returns the tolerance of an operation.
    func tolerance(_ kind: OperationKind, type: ElementType = .float32, depth: Int = 1) -> Tolerance {
        let usual = Tolerance.of(kind, elementType: type, depth: depth)
        guard type == .float32, let own = tightened[kind] else { return usual }
        return Tolerance(absolute: min(usual.absolute, own.absolute), relative: min(usual.relative, own.relative))
    }

    /// Records an error other than a wrong number.
    func fail(_ message: String) { messages.append(message) }

    /// Records that the case checks something, for cases that compare no numbers.
    func prove() { hasProved = true }

    // MARK: Operands

    /// Returns a tensor with the given elements, whose bytes are monitored.
    func tensor(_ values: Values, _ type: ElementType = .float32) throws -> Tensor {
        let bytes = WatchedBytes(values, type)
        let tensor = try backend.upload(bytes.buffer, shape: values.shape, elementType: type)
        operands.append(Operand(tensor: tensor, values: values, bytes: bytes))
        return tensor
    }

    /// Returns an index tensor.
    func indices(_ values: Values) throws -> Tensor { try tensor(values, .int32) }

    /// Returns the elements of a tensor.
    func values(_ tensor: Tensor) throws -> Values {
        let type = tensor.elementType
        return try download(tensor) { start in Values(tensor.shape) { type.load(from: start + $0 * type.size) } }
    }

    /// Returns the elements of a result. Throws an error if it doesn't have the given shape, for cases that can't
    /// continue.
    func values(_ tensor: Tensor, shape: Shape) throws -> Values {
        guard hasForm(tensor, shape, .float32) else { throw WrongForm() }
        return try values(tensor)
    }

    private struct WrongForm: Error, CustomStringConvertible {
        var description: String { "the comparison stops here" }
    }

    /// Downloads the bytes of a tensor to monitored memory.
    private func download<Result>(_ tensor: Tensor, _ body: (UnsafeRawPointer) throws -> Result) throws -> Result {
        let bytes = WatchedBytes(count: tensor.shape.elementCount * tensor.elementType.size)
        try backend.download(tensor, into: bytes.destination)
        if !bytes.isIntact {
            fail("downloading \(tensor.elementType) \(tensor.shape) wrote outside the destination")
        }
        return try withExtendedLifetime(bytes) { try body(bytes.start) }
    }

    private func check(_ operand: Operand) throws {
        let (type, shape) = (operand.tensor.elementType, operand.tensor.shape)
        if !operand.bytes.isIntact { fail("memory was written outside an operand, \(type) \(shape)") }
        try download(operand.tensor) { now in
            // Usually nothing has changed. A NaN may have been replaced by a different NaN.
            guard memcmp(now, operand.bytes.start, operand.bytes.count) != 0 else { return }
            for (index, value) in operand.values.elements.enumerated() {
                let (got, want) = (type.load(from: now + index * type.size), type.rounded(value))
                guard got != want, !(got.isNaN && want.isNaN) else { continue }
                return fail(
                    "an operand, \(type) \(shape), was modified: element \(index) was \(want) and is now \(got)")
            }
        }
    }

    private struct Operand {
        let tensor: Tensor
        let values: Values
        let bytes: WatchedBytes
    }

    // MARK: Comparisons

    /// Compares a result with the expected one.
    func expect(
        _ tensor: Tensor, _ want: Values, _ tolerance: Tolerance, _ what: String = "", type: ElementType = .float32
    ) throws {
        guard hasForm(tensor, want.shape, type, what) else { return }
        compare(try values(tensor), want, tolerance, what)
    }

    /// Returns whether a result has the given shape and type.
    func hasForm(_ tensor: Tensor, _ shape: Shape, _ type: ElementType, _ what: String = "") -> Bool {
        guard hasShape(tensor.shape, shape, what) else { return false }
        guard tensor.elementType == type else {
            fail("\(what.prefixed)the type is \(tensor.elementType) instead of \(type)")
            return false
        }
        return true
    }

    private func hasShape(_ got: Shape, _ want: Shape, _ what: String) -> Bool {
        if got != want { fail("\(what.prefixed)the shape is \(got) instead of \(want)") }
        return got == want
    }

    /// Compares elements.
    func compare(_ got: Values, _ want: Values, _ tolerance: Tolerance, _ what: String = "") {
        guard hasShape(got.shape, want.shape, what) else { return }
        got.forEachPair(with: want) { compare($1, $2, at: $0, tolerance, what) }
    }

    /// Compares an element.
    func compare(_ got: Double, _ want: Double, at index: Int, _ tolerance: Tolerance, _ what: String = "") {
        if !tolerance.accepts(0, for: want) { hasProved = true }
        if tolerance.accepts(got, for: want) {
            let bound = tolerance.bound(for: want)
            if bound > 0, bound.isFinite, got.isFinite { worst = max(worst, abs(got - want) / bound) }
            return
        }
        mismatchCount += 1
        guard mismatches.count < 5 else { return }
        mismatches.append(Mismatch(what: what, index: index, got: got, want: want, tolerance: tolerance))
    }

    /// Compares two results bitwise.
    func expectSameBits(_ a: Tensor, _ b: Tensor, _ what: String) throws {
        guard hasForm(a, b.shape, b.elementType, what) else { return }
        let (x, y) = (try values(a), try values(b))
        compareBits(x, y, what)
    }

    /// Compares elements bitwise, including the sign of zero.
    func compareBits(_ got: Values, _ want: Values, _ what: String) {
        guard hasShape(got.shape, want.shape, what) else { return }
        got.forEachPair(with: want) { index, x, y in
            if y != 0 { hasProved = true }
            if x.bitPattern == y.bitPattern || (x.isNaN && y.isNaN) { return }
            mismatchCount += 1
            guard mismatches.count < 5 else { return }
            mismatches.append(Mismatch(what: what, index: index, got: x, want: y, tolerance: .exact))
        }
    }

    /// Runs code that must throw an error.
    ///
    /// - Parameter shapes: The shapes that the message must contain.
    func expectError(
        _ code: BertError.Code, naming shapes: [Shape] = [], _ what: String, _ body: () throws -> Void
    ) {
        hasProved = true
        do {
            try body()
            fail("\(what): no error instead of \(code)")
        } catch let error as BertError {
            if error.code != code { fail("\(what): \(error.code) instead of \(code): \(error.message)") }
            for shape in shapes where !error.message.contains(shape.description) {
                fail("\(what): the message doesn't contain the shape \(shape): \(error.message)")
            }
        } catch {
            fail("\(what): an error that is not a BertError: \(error)")
        }
    }
}

extension String {
    fileprivate var prefixed: String { isEmpty ? "" : self + ": " }
}

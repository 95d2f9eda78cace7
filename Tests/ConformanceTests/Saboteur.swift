import BackendReference
import BertCore
import Synchronization

/// A reference backend with an intentional fault, which the conformance suite must detect.
struct Saboteur: ComputeBackend {
    /// The fault.
    let fault: Fault
    private let base: ReferenceBackend
    private let state = Storage()

    /// State between calls, which backends must not have.
    private final class Storage: Sendable {
        let calls = Atomic<Int>(0)
        let running = Atomic<Int>(0)
        let kept = Mutex<[Tensor]>([])
        let lastWeights = Mutex<PreparedLinear?>(nil)
    }

    init(_ fault: Fault, threads: Int = 2) {
        self.init(fault, ReferenceBackend(workers: WorkerPool(threads: threads)))
    }

    private init(_ fault: Fault, _ base: ReferenceBackend) {
        self.fault = fault
        self.base = base
        info = base.info
    }

    private(set) var info: BackendInfo

    func computing(in precision: Precision) -> any ComputeBackend {
        let changed = fault == .ignoresPrecision ? nil : base.computing(in: precision) as? ReferenceBackend
        var other = Saboteur(fault, changed ?? base)
        other.info.precision = fault == .deniesPrecision ? .float32 : precision
        return other
    }

    func capability(of request: OperationRequest) -> Capability {
        switch fault {
        case .claimsAnyType: .native
        case .deniesWhatItDoes where request.kind == .softmax: .unsupported(why: "modesty")
        default: base.capability(of: request)
        }
    }

    // MARK: Tampering

    /// Returns a copy of `tensor` with changed elements.
    private func changed(_ tensor: Tensor, _ change: (inout [Float]) -> Void) throws -> Tensor {
        guard tensor.elementType == .float32 else { return tensor }
        var values = try base.floats(tensor)
        change(&values)
        return try base.constant(values, shape: tensor.shape)
    }

    /// Applies the faults that any operation may have.
    private func finish(_ result: Tensor, _ operation: OperationKind, of operands: [Tensor]) throws -> Tensor {
        let width = result.shape.lastLength
        switch fault {
        case .offByOne where operation == .binary:
            return try changed(result) { values in
                if let last = values.indices.last, last > 0 { values[last] = values[last - 1] }
            }
        case .skipsTail where operation == .unary || operation == .activation:
            return try changed(result) { values in
                for index in values.count / 8 * 8..<values.count { values[index] = 0 }
            }
        case .wrongAbove32 where operation == .matmul && width > 32:
            return try changed(result) { values in
                for index in values.indices where index % width == 32 { values[index] += 1 }
            }
        case .slightlyInaccurate where operation == .layerNorm:
            return try changed(result) { values in for index in values.indices { values[index] *= 1.0001 } }
        case .drifts where operation == .reduce:
            // In the last bits, and differently in each call.
            let call = state.calls.wrappingAdd(1, ordering: .relaxed).newValue
            return try changed(result) { values in
                if call % 2 == 0 { for index in values.indices { values[index] = values[index].nextUp } }
            }
        case .writesBesideItsResult where operation == .binary:
            let view = try HostView(result, for: "saboteur")
            // One lane too many, like a loop over whole vectors would write.
            UnsafeMutablePointer(mutating: view.floats)[view.count] = 0
            return result
        case .changesItsOperand where operation == .softmax:
            if let operand = operands.first, operand.elementType == .float32, operand.shape.elementCount > 0 {
                let view = try HostView(operand, for: "saboteur")
                UnsafeMutablePointer(mutating: view.floats)[0] += 1
            }
            return result
        case .leaks where operation == .binary:
            state.kept.withLock { $0.append(result) }
            return result
        case .keepsOperands where operation == .permute:
            state.kept.withLock { $0 = operands }
            return result
        case .dropsARow where !result.shape.isEmpty && result.shape[0] > 1:
            return try base.slice(result, axis: 0, range: 0..<result.shape[0] - 1)
        case .givesAnotherShape where operation == .reduce:
            return try result.reshaped(to: [result.shape.elementCount])
        case .rounds where operation == .linear:
            return try changed(result) { values in
                for index in values.indices {
                    values[index] = HalfPrecision.float(fromBfloat16: HalfPrecision.bfloat16(from: values[index]))
                }
            }
        case .wrongWithTwoThreads where operation == .activation:
            let others = state.running.wrappingAdd(1, ordering: .relaxed).oldValue
            defer { _ = state.running.wrappingSubtract(1, ordering: .relaxed) }
            if others == 0 {
                // Long enough for a second call to start.
                var sum = 0.0
                for index in 0..<100_000 { sum += Double(index).squareRoot() }
                return sum > 0 ? result : try changed(result) { $0 = [] }
            }
            return try changed(result) { values in for index in values.indices { values[index] = 7 } }
        default: return result
        }
    }

    // MARK: Operations

    func upload(_ buffer: HostBuffer, shape: Shape, elementType: ElementType) throws -> Tensor {
        try base.upload(buffer, shape: shape, elementType: elementType)
    }

    func download(_ tensor: Tensor, into destination: UnsafeMutableRawBufferPointer) throws {
        try base.download(tensor, into: destination)
        if fault == .writesBesideTheDestination, let start = destination.baseAddress {
            (start + destination.count).storeBytes(of: 0, as: UInt8.self)
        }
    }

    func matmul(_ a: Tensor, _ b: Tensor, transposeA: Bool, transposeB: Bool, scale: Float) throws -> Tensor {
        let sizes = try ShapeRules.matmul(a, b, transposeA: transposeA, transposeB: transposeB)
        var (transposeB, scale) = (transposeB, scale)
        if fault == .ignoresTransposes, sizes.n == sizes.k { transposeB = false }
        if fault == .ignoresScale { scale = 1 }
        let result = try base.matmul(a, b, transposeA: transposeA, transposeB: transposeB, scale: scale)
        return try finish(result, .matmul, of: [a, b])
    }

    func binary(_ operation: BinaryOperation, _ a: Tensor, _ b: Tensor) throws -> Tensor {
        if fault == .swallowsNaN, operation == .maximum {
            let (x, y) = (try withoutNaN(a), try withoutNaN(b))
            return try base.binary(operation, x, y)
        }
        if fault == .subtractsTheOtherWay, operation == .subtract, a.shape != b.shape {
            return try base.binary(.subtract, b, a)
        }
        return try finish(base.binary(operation, a, b), .binary, of: [a, b])
    }

    private func withoutNaN(_ tensor: Tensor) throws -> Tensor {
        try changed(tensor) { values in
            for index in values.indices where values[index].isNaN { values[index] = -.greatestFiniteMagnitude }
        }
    }

    func unary(_ operation: UnaryOperation, _ a: Tensor) throws -> Tensor {
        try finish(base.unary(operation, a), .unary, of: [a])
    }

    func reduce(_ operation: Reduction, _ a: Tensor, axis: Int) throws -> Tensor {
        if fault == .maximumBeginsAtZero, operation == .maximum {
            return try base.binary(.maximum, base.reduce(operation, a, axis: axis), base.constant(0))
        }
        return try finish(base.reduce(operation, a, axis: axis), .reduce, of: [a])
    }

    func gatherRows(_ table: Tensor, indices: Tensor) throws -> Tensor {
        if fault == .clampsIndices {
            let limit = Int32(table.shape[0]) - 1
            let values = try int32(indices).map { min(max($0, 0), limit) }
            return try base.gatherRows(table, indices: base.indices(values))
        }
        return try finish(base.gatherRows(table, indices: indices), .gatherRows, of: [table, indices])
    }

    private func int32(_ tensor: Tensor) throws -> [Int32] {
        try ShapeRules.indices(tensor)
        let view = try HostView(tensor, .int32, for: "saboteur")
        return (0..<view.count).map { view.integers[$0] }
    }

    func scatterAddRows(_ rows: Tensor, indices: Tensor, rowCount: Int) throws -> Tensor {
        if fault == .scatterOverwrites {
            let (positions, width) = (try int32(indices), rows.shape.dropFirst().reduce(1, *))
            let result = try base.scatterAddRows(rows, indices: indices, rowCount: rowCount)
            let source = try base.floats(rows)
            return try changed(result) { values in
                for (row, index) in positions.enumerated() {
                    for i in 0..<width { values[Int(index) * width + i] = source[row * width + i] }
                }
            }
        }
        return try finish(
            base.scatterAddRows(rows, indices: indices, rowCount: rowCount), .scatterAddRows, of: [rows, indices])
    }

    func permute(_ a: Tensor, axes: [Int]) throws -> Tensor {
        let result = try base.permute(a, axes: axes)
        // The correct shape, with elements that haven't moved.
        if fault == .permutesShapesOnly { return try a.reshaped(to: result.shape) }
        return try finish(result, .permute, of: [a])
    }

    func slice(_ a: Tensor, axis: Int, range: Range<Int>) throws -> Tensor {
        try base.slice(a, axis: axis, range: range)
    }

    func concatenate(_ parts: [Tensor], axis: Int) throws -> Tensor {
        if fault == .concatenatesBackwards { return try base.concatenate(parts.reversed(), axis: axis) }
        return try base.concatenate(parts, axis: axis)
    }

    func cast(_ a: Tensor, to elementType: ElementType) throws -> Tensor { try base.cast(a, to: elementType) }

    func prepareLinear(weight: Tensor, bias: Tensor?) throws -> PreparedLinear {
        let weight = fault == .truncatesToBfloat16 ? try truncated(weight) : weight
        let prepared = try base.prepareLinear(weight: weight, bias: fault == .dropsBias ? nil : bias)
        state.lastWeights.withLock { $0 = fault == .usesWeightsOfLastLayer ? prepared : nil }
        return prepared
    }

    /// Returns the numbers truncated by a shift, instead of rounded.
    private func truncated(_ tensor: Tensor) throws -> Tensor {
        guard info.precision == .bfloat16 else { return tensor }
        return try changed(tensor) { values in
            for index in values.indices { values[index] = Float(bitPattern: values[index].bitPattern & 0xFFFF_0000) }
        }
    }

    func linear(_ x: Tensor, _ weights: PreparedLinear, activation: LinearActivation?, residual: Tensor?)
        throws -> Tensor
    {
        var weights = weights
        if fault == .usesWeightsOfLastLayer, let last = state.lastWeights.withLock({ $0 }),
            last.inputSize == weights.inputSize, last.outputSize == weights.outputSize
        {
            weights = last
        }
        if fault == .addsResidualFirst, let residual, case .elementwise(let function) = activation {
            let sum = try base.linear(x, weights, activation: nil, residual: residual)
            return try base.activation(function, sum)
        }
        if fault == .swapsGateAndValue, case .gated(let function) = activation, weights.outputSize % 2 == 0 {
            let both = try base.linear(x, weights, activation: nil, residual: nil)
            let (axis, n) = (both.shape.count - 1, weights.outputSize / 2)
            let gate = try base.activation(function, base.slice(both, axis: axis, range: n..<2 * n))
            let result = try base.binary(.multiply, base.slice(both, axis: axis, range: 0..<n), gate)
            return try residual.map { try base.binary(.add, result, $0) } ?? result
        }
        let result = try base.linear(x, weights, activation: activation, residual: residual)
        return try finish(result, .linear, of: [x])
    }

    func activation(_ activation: Activation, _ x: Tensor) throws -> Tensor {
        var activation = activation
        if fault == .approximatesGELU, activation == .gelu { activation = .geluTanh }
        return try finish(base.activation(activation, x), .activation, of: [x])
    }

    func layerNorm(_ x: Tensor, residual: Tensor?, _ weights: LayerNormWeights) throws -> Tensor {
        var weights = weights
        if fault == .ignoresEpsilon {
            weights = LayerNormWeights(weight: weights.weight, bias: weights.bias, epsilon: 1e-5)
        }
        return try finish(base.layerNorm(x, residual: residual, weights), .layerNorm, of: [x])
    }

    func softmax(_ x: Tensor, mask: Tensor?, scale: Float) throws -> Tensor {
        if fault == .failsWhereNothingIsLeft {
            // The textbook softmax, which computes 0/0 for a row of −∞.
            var scores = try base.binary(.multiply, x, base.constant(scale))
            if let mask { scores = try base.binary(.add, scores, mask) }
            let axis = scores.shape.count - 1
            let shifted = try base.binary(.subtract, scores, base.reduce(.maximum, scores, axis: axis))
            let exponentials = try base.unary(.exp, shifted)
            return try base.binary(.divide, exponentials, base.reduce(.sum, exponentials, axis: axis))
        }
        return try finish(base.softmax(x, mask: mask, scale: scale), .softmax, of: [x])
    }

    func attention(_ input: AttentionInput, _ options: AttentionOptions) throws -> AttentionOutput {
        var options = options
        if fault == .attendsAcrossSequences, options.mask == nil, options.sequences == options.keySequences {
            options.sequences = try PackedSequences(lengths: [options.sequences.totalLength])
            options.keySequences = options.sequences
        }
        switch fault {
        case .ignoresMask: options.mask = nil
        case .sharesOutWhatIsMasked: options.fullyMaskedRows = .uniform
        case .seesOneKeyTooFar: options.reach = options.reach.map { $0 == .max ? $0 : $0 + 1 }
        case .countsPackedTokens: options.places = nil
        case .rotatesByPlace: options.rotation?.positions = nil
        case .turnsDistancesRound:
            options.distanceBias = try options.distanceBias.map { table in
                let values = try base.floats(table)
                let width = table.shape.lastLength
                return try base.constant(
                    (0..<values.count).map { values[$0 / width * width + (width - 1 - $0 % width)] }, shape: table.shape
                )
            }
        case .turnsRowsRound:
            if let rows = options.relative?.rows { options.relative?.rows = try base.indices(int32(rows).reversed()) }
        case .ignoresDropoutOfAttention: options.dropout = nil
        case .forgetsPositionToContent where options.relative?.keys != nil: options.relative?.queries = nil
        default: break
        }
        let output = try base.attention(input, options)
        return AttentionOutput(
            context: try finish(output.context, .attention, of: []), probabilities: output.probabilities)
    }

    func embeddings(_ input: EmbeddingInput, _ tables: EmbeddingTables) throws -> Tensor {
        if fault == .forgetsTokenTypes, tables.tokenType != nil {
            var input = input
            input.tokenTypes = nil
            return try base.embeddings(
                input,
                EmbeddingTables(word: tables.word, position: tables.position, tokenType: nil, norm: tables.norm))
        }
        return try finish(base.embeddings(input, tables), .embeddings, of: [])
    }

    func pool(_ x: Tensor, sequences: PackedSequences, _ pooling: Pooling) throws -> Tensor {
        let pooling = fault == .poolsFirstForLast && pooling == .lastToken ? .cls : pooling
        return try finish(base.pool(x, sequences: sequences, pooling), .pool, of: [x])
    }

    func l2Normalize(_ x: Tensor, epsilon: Float) throws -> Tensor {
        let epsilon: Float = fault == .ignoresNormEpsilon ? 1e-12 : epsilon
        return try finish(base.l2Normalize(x, epsilon: epsilon), .l2Normalize, of: [x])
    }
}

// MARK: Gradients

extension Saboteur {
    func linearInputGradient(_ gradient: Tensor, weight: Tensor) throws -> Tensor {
        if fault == .turnsTheWeightRound, weight.shape.count == 2, weight.shape[0] == weight.shape[1] {
            return try base.linearInputGradient(gradient, weight: base.permute(weight, axes: [1, 0]))
        }
        return try base.linearInputGradient(gradient, weight: weight)
    }

    func linearWeightGradient(_ x: Tensor, gradient: Tensor, hasBias: Bool) throws -> LinearGradient {
        let base: any ComputeBackend = fault == .keepsGradientsPrecise ? self.base.computing(in: .float32) : self.base
        let result = try base.linearWeightGradient(x, gradient: gradient, hasBias: hasBias)
        if fault == .turnsTheGradientRound, result.weight.shape[0] == result.weight.shape[1] {
            return LinearGradient(weight: try base.permute(result.weight, axes: [1, 0]), bias: result.bias)
        }
        if fault == .sumsOneRow, hasBias, gradient.shape.rowCount > 0 {
            let n = gradient.shape.lastLength
            let row = try base.slice(gradient.reshaped(to: [gradient.shape.rowCount, n]), axis: 0, range: 0..<1)
            return LinearGradient(weight: result.weight, bias: try row.reshaped(to: [n]))
        }
        return result
    }

    func activationGradient(_ activation: LinearActivation, input: Tensor, gradient: Tensor) throws -> Tensor {
        let result = try base.activationGradient(activation, input: input, gradient: gradient)
        switch fault {
        case .climbs: return try base.unary(.negate, result)
        case .takesHalfAtZero where activation == .relu:
            let isZero = try base.binary(.equal, input, base.constant(0))
            let half = try base.binary(.multiply, base.binary(.multiply, gradient, isZero), base.constant(0.5))
            return try base.binary(.add, result, half)
        case .swapsGradientsOfGate where activation.isGated:
            let (axis, n) = (result.shape.count - 1, gradient.shape.lastLength)
            let halves = try [n..<2 * n, 0..<n].map { try base.slice(result, axis: axis, range: $0) }
            return try base.concatenate(halves, axis: axis)
        default: return result
        }
    }

    func layerNormGradient(
        _ x: Tensor, residual: Tensor?, _ weights: LayerNormWeights, gradient: Tensor
    ) throws -> LayerNormGradient {
        let result = try base.layerNormGradient(x, residual: residual, weights, gradient: gradient)
        guard fault == .forgetsRowMeans, x.shape.elementCount > 0 else { return result }
        // As if mean and deviation were constants.
        let y = try residual.map { try base.binary(.add, x, $0) } ?? x
        let ones = try base.constant([Float](repeating: 1, count: x.shape.lastLength), shape: weights.weight.shape)
        let normal = try base.layerNorm(
            y, residual: nil, LayerNormWeights(weight: ones, bias: nil, epsilon: weights.epsilon))
        let last = x.shape.count - 1
        let spread = try base.reduce(.maximum, y, axis: last)
        let scale = try base.binary(.divide, base.reduce(.maximum, normal, axis: last), spread)
        let h = try base.binary(.multiply, gradient, weights.weight)
        return LayerNormGradient(input: try base.binary(.multiply, h, scale), weight: result.weight, bias: result.bias)
    }

    func softmaxGradient(_ result: Tensor, gradient: Tensor, scale: Float) throws -> Tensor {
        guard fault == .forgetsRowSum else {
            return try base.softmaxGradient(result, gradient: gradient, scale: scale)
        }
        return try base.binary(.multiply, base.binary(.multiply, result, gradient), base.constant(scale))
    }

    func l2NormalizeGradient(_ x: Tensor, epsilon: Float, gradient: Tensor) throws -> Tensor {
        let result = try base.l2NormalizeGradient(x, epsilon: epsilon, gradient: gradient)
        guard fault == .forgetsTheLength else { return result }
        let norm = try base.unary(.sqrt, base.reduce(.sum, base.binary(.multiply, x, x), axis: x.shape.count - 1))
        return try base.binary(.multiply, result, norm)
    }
}

// MARK: Training

extension Saboteur {
    func attentionGradient(
        _ input: AttentionInput, _ options: AttentionOptions, gradient: Tensor
    ) throws -> AttentionGradient {
        var options = options
        switch fault {
        case .forgetsHeadScaleOnTheWayBack: options.headScale = nil
        case .sharesOutWhatIsMaskedOnTheWayBack: options.fullyMaskedRows = .uniform
        case .dropsOthersOnTheWayBack: options.dropout?.step += 1
        default: break
        }
        let result = try base.attentionGradient(input, options, gradient: gradient)
        switch fault {
        case .turnsBackTwice where options.rotation != nil:
            guard case .separate(let query, let key, let value) = result.input else { return result }
            // As if the rotation were its own inverse.
            return AttentionGradient(
                input: .separate(query: try base.unary(.negate, query), key: key, value: value),
                distanceBias: result.distanceBias, relativeKeys: result.relativeKeys,
                relativeQueries: result.relativeQueries)
        case .forgetsTheDistanceBias:
            return AttentionGradient(
                input: result.input,
                distanceBias: try result.distanceBias.map { try base.binary(.subtract, $0, $0) },
                relativeKeys: result.relativeKeys, relativeQueries: result.relativeQueries)
        default: return result
        }
    }

    func prepareLinearForStep(weight: Tensor, bias: Tensor?) throws -> PreparedLinear {
        try base.prepareLinearForStep(weight: weight, bias: fault == .dropsBiasOfStep ? nil : bias)
    }

    func dropout(_ x: Tensor, _ dropout: Dropout) throws -> Tensor {
        var dropout = dropout
        if fault == .dropsTheSameInEveryStep { dropout.step = 0 }
        return try base.dropout(x, dropout)
    }

    func crossEntropy(_ logits: Tensor, labels: Tensor, _ options: CrossEntropyOptions) throws -> CrossEntropy {
        var options = options
        if fault == .sharpensLabels { options.smoothing = 0 }
        let result = try base.crossEntropy(logits, labels: labels, options)
        guard fault == .countsIgnoredRows else { return result }
        let own = try base.softmax(logits, mask: nil, scale: 1)
        let (none, zero) = (try base.reduce(.maximum, base.unary(.abs, result.gradient), axis: 1), try base.constant(0))
        let isIgnored = try base.binary(.equal, none, zero)
        return CrossEntropy(
            losses: result.losses,
            gradient: try base.binary(.add, result.gradient, base.binary(.multiply, own, isIgnored)))
    }

    func sumOfSquares(_ tensors: [Tensor]) throws -> Double {
        guard fault == .sumsInOneLane else { return try base.sumOfSquares(tensors) }
        return try tensors.reduce(0) { sum, tensor in
            try base.floats(tensor).reduce(sum) { $0 + Double($1) * Double($1) }
        }
    }

    func adamW(_ state: consuming AdamWState, gradient: Tensor, _ step: AdamW) throws -> AdamWState {
        let before = state
        var gradient = gradient
        if fault == .forgetsToClip {
            gradient = try base.binary(.divide, gradient, base.constant(step.gradientScale))
        }
        var result = try base.adamW(before, gradient: gradient, step)
        if fault == .forgetsDecay {
            let decayed = try base.binary(.multiply, before.parameter, base.constant(1 - step.decay))
            result.parameter = try base.binary(.add, result.parameter, decayed)
        }
        if fault == .changesWhatIsHeld {
            let (own, held) = (
                try HostView(result.firstMoment, for: "saboteur"), try HostView(before.firstMoment, for: "saboteur")
            )
            UnsafeMutablePointer(mutating: held.floats).update(from: own.floats, count: own.count)
        }
        return result
    }
}

/// A fault of a backend.
enum Fault: String, CaseIterable, Sendable {
    case offByOne, skipsTail, wrongAbove32, slightlyInaccurate, rounds, drifts
    case ignoresTransposes, ignoresScale, dropsBias, addsResidualFirst, approximatesGELU, ignoresEpsilon
    case ignoresNormEpsilon, swallowsNaN, subtractsTheOtherWay, maximumBeginsAtZero, clampsIndices, scatterOverwrites
    case permutesShapesOnly, concatenatesBackwards, givesAnotherShape, dropsARow
    case failsWhereNothingIsLeft, attendsAcrossSequences, ignoresMask, forgetsTokenTypes, poolsFirstForLast
    case ignoresPrecision, deniesPrecision, truncatesToBfloat16
    case usesWeightsOfLastLayer, changesItsOperand, writesBesideItsResult, writesBesideTheDestination
    case swapsGateAndValue, seesOneKeyTooFar, countsPackedTokens, rotatesByPlace, turnsDistancesRound, turnsRowsRound
    case forgetsPositionToContent, sharesOutWhatIsMasked, sharesOutWhatIsMaskedOnTheWayBack
    case turnsTheWeightRound, turnsTheGradientRound, sumsOneRow, keepsGradientsPrecise, climbs, takesHalfAtZero
    case swapsGradientsOfGate, forgetsRowMeans, forgetsRowSum, forgetsTheLength
    case ignoresDropoutOfAttention, forgetsHeadScaleOnTheWayBack, dropsOthersOnTheWayBack, turnsBackTwice
    case forgetsTheDistanceBias, dropsBiasOfStep, dropsTheSameInEveryStep, sharpensLabels, countsIgnoredRows,
        sumsInOneLane
    case forgetsDecay, forgetsToClip, changesWhatIsHeld
    case leaks, keepsOperands, wrongWithTwoThreads, claimsAnyType, deniesWhatItDoes

    /// The faulty operation, whose cases can detect the fault.
    var operation: OperationKind {
        switch self {
        case .offByOne, .swallowsNaN, .subtractsTheOtherWay, .writesBesideItsResult, .leaks: .binary
        case .skipsTail: .unary
        case .wrongAbove32, .ignoresTransposes, .ignoresScale, .claimsAnyType: .matmul
        case .slightlyInaccurate, .ignoresEpsilon: .layerNorm
        case .rounds, .addsResidualFirst, .dropsBias, .dropsARow, .swapsGateAndValue: .linear
        case .ignoresPrecision, .deniesPrecision, .truncatesToBfloat16: .linear
        case .usesWeightsOfLastLayer: .prepareLinear
        case .drifts, .maximumBeginsAtZero, .givesAnotherShape: .reduce
        case .approximatesGELU, .wrongWithTwoThreads: .activation
        case .ignoresNormEpsilon: .l2Normalize
        case .clampsIndices: .gatherRows
        case .scatterOverwrites: .scatterAddRows
        case .permutesShapesOnly, .keepsOperands: .permute
        case .concatenatesBackwards: .concatenate
        case .failsWhereNothingIsLeft, .changesItsOperand, .deniesWhatItDoes: .softmax
        case .attendsAcrossSequences, .ignoresMask, .seesOneKeyTooFar, .countsPackedTokens, .rotatesByPlace: .attention
        case .turnsDistancesRound, .turnsRowsRound, .forgetsPositionToContent, .sharesOutWhatIsMasked: .attention
        case .forgetsTokenTypes: .embeddings
        case .poolsFirstForLast: .pool
        case .writesBesideTheDestination: .upload
        case .turnsTheWeightRound: .linearInputGradient
        case .turnsTheGradientRound, .sumsOneRow, .keepsGradientsPrecise: .linearWeightGradient
        case .climbs, .takesHalfAtZero, .swapsGradientsOfGate: .activationGradient
        case .forgetsRowMeans: .layerNormGradient
        case .forgetsRowSum: .softmaxGradient
        case .forgetsTheLength: .l2NormalizeGradient
        case .ignoresDropoutOfAttention: .attention
        case .forgetsHeadScaleOnTheWayBack, .dropsOthersOnTheWayBack, .turnsBackTwice, .forgetsTheDistanceBias,
            .sharesOutWhatIsMaskedOnTheWayBack:
            .attentionGradient
        case .dropsBiasOfStep: .prepareLinearForStep
        case .dropsTheSameInEveryStep: .dropout
        case .sharpensLabels, .countsIgnoredRows: .crossEntropy
        case .sumsInOneLane: .sumOfSquares
        case .forgetsDecay, .forgetsToClip, .changesWhatIsHeld: .adamW
        }
    }
}
